import type { WaitingRequest } from './waiting-queue.js'

/** The model of the device: how fast launches run side by side. */
export interface ServiceModel {
  /**
   * Time from the decision to launch until the start on the device, in µs. It slows down nothing
   * that runs, but the instance is occupied meanwhile.
   * @param nth how many launches there were before this one, as not all take the same
   */
  dispatchUs(instance: number, batch: number, nth: number): number
  /** Time of a launch that has the device to itself, in µs. */
  workUs(instance: number, batch: number): number
  /**
   * Speeds of launches that run together, where 1 is the speed of a launch alone.
   * @param running the launches that run, in no particular order
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
 * A device in virtual time. Launches that run together progress at the speeds that the service
 * model gives for each such set (processor sharing with state-dependent rates).
 */
export class SharedDevice {
  readonly #service: ServiceModel
  readonly #speeds: Float64Array
  /** In the order in which they will start. */
  readonly #dispatched: DispatchedLaunch[] = []
  readonly #running: RunningLaunch[] = []
  /**
   * The time up to which progress has been counted. Speeds hold for as long as the same launches
   * run.
   */
  #sinceUs = 0
  #ending = -1
  #endUs = Number.POSITIVE_INFINITY
  #launched = 0

  /** @param most launches that can be under way at once */
  constructor(service: ServiceModel, most: number) {
    this.#service = service
    this.#speeds = new Float64Array(most)
  }

  /** Number of launches that run, without those that are being dispatched. */
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
    const startUs = nowUs + this.#service.dispatchUs(instance, batch, this.#launched++)
    // Copying an object whose fields are written out is several times as fast as a spread.
    const dispatched = { launch: { instance, model, batch, level, requests, leftUs }, startUs }
    const after = this.#dispatched.findLastIndex((other) => other.startUs <= startUs)
    this.#dispatched.splice(after + 1, 0, dispatched)
  }

  /** Advances to `nextUs`. @returns the launch that ends then, or undefined if one starts */
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
