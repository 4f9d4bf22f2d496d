import type { WaitingRequest } from './waiting-queue.js'

/** How fast launches run beside each other: the model of the device. */
export interface ServiceModel {
  /**
   * What passes between the decision to launch and the start on the device, in µs. Nothing that runs
   * is slowed down by it; the instance is taken meanwhile.
   */
  dispatchUs(instance: number, batch: number): number
  /** Time of a launch that has the device to itself, in µs. */
  workUs(instance: number, batch: number): number
  /**
   * Speeds of the launches that run together, 1 being that of a launch alone.
   * @param running what runs, in no particular order
   * @param speeds receives one value per launch
   */
  speeds(running: readonly RunningLaunch[], speeds: Float64Array): void
}

/** A launch under way. Times in µs. */
export interface RunningLaunch {
  readonly instance: number
  readonly model: number
  readonly batch: number
  readonly level: number
  readonly requests: readonly WaitingRequest[]
  /** Work still to be done, in µs at speed 1. */
  leftUs: number
}

interface DispatchedLaunch {
  readonly launch: RunningLaunch
  readonly startUs: number
}

/**
 * A device in virtual time: launches that run together progress at the speeds that the service model
 * gives to each such set (processor sharing with state-dependent rates).
 */
export class SharedDevice {
  readonly #service: ServiceModel
  readonly #speeds: Float64Array
  /** The first to start first. */
  readonly #dispatched: DispatchedLaunch[] = []
  readonly #running: RunningLaunch[] = []
  /** Until when progress is counted. Speeds hold as long as the same launches run. */
  #sinceUs = 0
  #ending = -1
  #endUs = Number.POSITIVE_INFINITY

  /** @param most launches that can be under way at once */
  constructor(service: ServiceModel, most: number) {
    this.#service = service
    this.#speeds = new Float64Array(most)
  }

  /** Launches that run, without those being dispatched. */
  get running(): number {
    return this.#running.length
  }

  /** When the next launch starts or ends, in µs; infinity if none is under way. */
  get nextUs(): number {
    const [first] = this.#dispatched
    return first && first.startUs < this.#endUs ? first.startUs : this.#endUs
  }

  launch(nowUs: number, launch: Omit<RunningLaunch, 'leftUs'>): void {
    const { instance, model, batch, level, requests } = launch
    const leftUs = this.#service.workUs(instance, batch)
    const startUs = nowUs + this.#service.dispatchUs(instance, batch)
    // Fields that are written out are copied several times as fast as by a spread.
    const dispatched = { launch: { instance, model, batch, level, requests, leftUs }, startUs }
    const after = this.#dispatched.findLastIndex((other) => other.startUs <= startUs)
    this.#dispatched.splice(after + 1, 0, dispatched)
  }

  /** Goes on to `nextUs`. @returns the launch that ends then, unless one starts */
  step(): RunningLaunch | undefined {
    const nowUs = this.nextUs
    this.#progressTo(nowUs)
    const ended = nowUs < this.#endUs ? this.#start() : this.#end()
    this.#findNextEnd()
    return ended
  }

  #start(): undefined {
    this.#running.push(this.#dispatched.shift()!.launch)
  }

  #end(): RunningLaunch {
    const ended = this.#running[this.#ending]
    this.#running[this.#ending] = this.#running[this.#running.length - 1]
    this.#running.pop()
    return ended
  }

  #progressTo(nowUs: number): void {
    const stepUs = nowUs - this.#sinceUs
    const running = this.#running
    for (let i = 0; i < running.length; i++) running[i].leftUs -= stepUs * this.#speeds[i]
    this.#sinceUs = nowUs
  }

  #findNextEnd(): void {
    this.#endUs = Number.POSITIVE_INFINITY
    const running = this.#running
    if (running.length === 0) return
    this.#service.speeds(running, this.#speeds)
    for (let i = 0; i < running.length; i++) {
      const endUs = this.#sinceUs + running[i].leftUs / this.#speeds[i]
      if (endUs >= this.#endUs) continue
      this.#endUs = endUs
      this.#ending = i
    }
  }
}
