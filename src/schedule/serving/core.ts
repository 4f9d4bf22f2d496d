import { HeadStarts } from './head-starts.js'
import { LaunchTimes } from './launch-times.js'
import type { ServingSetup } from './setup.js'
import { WaitingQueue, type WaitingRequest } from './waiting-queue.js'

/** Why a request will not be served. */
export type DropReason =
  /** It could no longer meet its deadline. */
  | 'late'
  /** Too many requests of its model were waiting. */
  | 'full'
  /** It brings more samples than the largest launch carries. */
  | 'too-large'

/** What the core tells its driver, which owns the clock and the device. */
export interface ServingDriver {
  /**
   * Start a launch on an idle instance, and call `finish` when it has ended.
   * @param batch the captured batch size; the requests may leave part of it empty
   * @param level priority level on the device, 0 lowest
   */
  launch(instance: number, batch: number, level: number, requests: readonly WaitingRequest[]): void
  /** The request will not be served. */
  drop(request: WaitingRequest, model: number, reason: DropReason): void
}

/** A launch on an instance. */
interface Running {
  readonly startUs: number
  /** Index of its batch size. */
  readonly size: number
  readonly requests: readonly WaitingRequest[]
  /** The earliest deadline among its requests, less its model's head start. */
  readonly dueUs: number
  readonly level: number
}

/**
 * The scheduling core of a demand: one queue per model, several instances behind each queue,
 * batches, deadlines and drops. Time enters only as an argument, so the simulator and the server
 * make the same decisions. Whatever happens, a request is either launched or dropped, exactly once.
 *
 * Among the models that have a launch ready and an idle instance, the highest class goes first.
 * Within a class, the launch that must start soonest to meet its deadline (least laxity) goes
 * first, after head starts are subtracted.
 */
export class ServingCore {
  readonly #setup: ServingSetup
  readonly #driver: ServingDriver
  readonly #queues: readonly WaitingQueue[]
  /** Idle instances of each model that are in service. The last one is used next. */
  readonly #idle: number[][]
  readonly #running: (Running | undefined)[]
  readonly #isWithdrawn: boolean[]
  readonly #launchTimes: LaunchTimes
  readonly #headStarts: HeadStarts
  #runningCount = 0
  #heldUntilUs = Number.POSITIVE_INFINITY
  #lateAtUs = Number.POSITIVE_INFINITY

  constructor(setup: ServingSetup, driver: ServingDriver) {
    this.#setup = setup
    this.#driver = driver
    this.#queues = setup.models.map(() => new WaitingQueue())
    this.#running = setup.instances.map(() => undefined)
    this.#isWithdrawn = setup.instances.map(() => false)
    this.#headStarts = new HeadStarts(setup)
    this.#launchTimes = new LaunchTimes(setup)
    this.#idle = setup.models.map((_, model) =>
      setup.instances.flatMap((of, instance) => (of === model ? [instance] : [])).reverse(),
    )
  }

  /** When `wake` must be called if nothing happens before; infinity if never. */
  get wakeAtUs(): number {
    return Math.min(this.heldUntilUs, this.lateAtUs)
  }

  /** When the first of the launches that wait for more requests must start; infinity if none does. */
  get heldUntilUs(): number {
    return this.#heldUntilUs
  }

  /** When the first of the requests that wait can no longer be in time; infinity if none waits or all are served. */
  get lateAtUs(): number {
    return this.#lateAtUs
  }

  /** Number of launches on the device. */
  get running(): number {
    return this.#runningCount
  }

  /** Number of requests of a model that wait. */
  waiting(model: number): number {
    return this.#queues[model].length
  }

  /** A request of a model arrives, and is launched, queued or dropped. */
  arrive(nowUs: number, model: number, request: WaitingRequest): void {
    const { batches, mostWaiting } = this.#setup.models[model]
    const queue = this.#queues[model]
    if (request.samples > batches[batches.length - 1]) {
      this.#driver.drop(request, model, 'too-large')
    } else if (queue.samples + request.samples > mostWaiting) {
      this.#driver.drop(request, model, 'full')
    } else {
      queue.add(request)
      this.#dispatch(nowUs)
    }
  }

  /** The launch on an instance has ended. */
  finish(nowUs: number, instance: number): void {
    const model = this.#setup.instances[instance]
    const ended = this.#running[instance]
    if (ended !== undefined) {
      this.#launchTimes.note(model, ended.size, nowUs - ended.startUs)
      for (const { deadlineUs } of ended.requests) {
        this.#headStarts.note(model, nowUs > deadlineUs)
      }
    }
    this.#release(nowUs, instance)
  }

  /**
   * The launch on an instance has failed. Its time says nothing about how long others take, so it
   * is not counted.
   */
  fail(nowUs: number, instance: number): void {
    this.#release(nowUs, instance)
  }

  /** The time of `wakeAtUs` has come. */
  wake(nowUs: number): void {
    this.#dispatch(nowUs)
  }

  /** Takes an instance out of service. A launch that is on it still runs to its end. */
  withdraw(instance: number): void {
    this.#isWithdrawn[instance] = true
    const idle = this.#idle[this.#setup.instances[instance]]
    const place = idle.indexOf(instance)
    if (place >= 0) idle.splice(place, 1)
  }

  /** Puts a withdrawn instance back into service. */
  offer(nowUs: number, instance: number): void {
    if (!this.#isWithdrawn[instance]) return
    this.#isWithdrawn[instance] = false
    if (this.#running[instance] !== undefined) return
    this.#idle[this.#setup.instances[instance]].push(instance)
    this.#dispatch(nowUs)
  }

  /** Forgets a waiting request whose client has gone; returns undefined if it is not waiting. */
  cancel(model: number, tag: number): WaitingRequest | undefined {
    return this.#queues[model].remove(tag)
  }

  /**
   * Empties a model's queue and returns the requests in order, so that a core under another plan
   * can continue with them.
   */
  takeWaiting(model: number): WaitingRequest[] {
    const queue = this.#queues[model]
    return Array.from({ length: queue.length }, () => queue.take())
  }

  #release(nowUs: number, instance: number): void {
    this.#running[instance] = undefined
    this.#runningCount--
    if (!this.#isWithdrawn[instance]) this.#idle[this.#setup.instances[instance]].push(instance)
    this.#dispatch(nowUs)
  }

  #dispatch(nowUs: number): void {
    this.#heldUntilUs = Number.POSITIVE_INFINITY
    this.#lateAtUs = Number.POSITIVE_INFINITY
    // Each launch changes which requests are next and what they would run beside, so look again
    // until nothing more starts.
    do {
      this.#queues.forEach((_, model) => {
        this.#dropLate(nowUs, model)
      })
    } while (this.#launchReady(nowUs))
  }

  /**
   * Launches everything that is ready while instances last. @returns whether anything was launched
   */
  #launchReady(nowUs: number): boolean {
    const before = this.#runningCount
    while (this.#runningCount < this.#setup.concurrency) {
      const model = this.#mostUrgent(nowUs)
      if (model < 0) break
      this.#launch(nowUs, model)
    }
    return this.#runningCount > before
  }

  /** Drops requests that would be late even if they started now. */
  #dropLate(nowUs: number, model: number): void {
    const queue = this.#queues[model]
    if (this.#setup.models[model].late === 'serve') return
    while (queue.length > 0) {
      const latestUs = this.#latestStartUs(model)
      if (nowUs <= latestUs) {
        this.#lateAtUs = Math.min(this.#lateAtUs, latestUs + 1)
        return
      }
      this.#headStarts.note(model, true)
      this.#driver.drop(queue.take(), model, 'late')
    }
  }

  /**
   * The latest time at which a model's next request can start and still be in time, under the most
   * favourable conditions.
   */
  #latestStartUs(model: number): number {
    const { samples, deadlineUs } = this.#queues[model].at(0)
    const size = this.#sizeFor(model, samples)
    return deadlineUs - this.#launchTimes.leastUs(model, size, this.#runningCount === 0)
  }

  /** Index of the model whose launch goes next, or -1 if none can. */
  #mostUrgent(nowUs: number): number {
    let best = -1
    let bestClass = 0
    let bestUs = 0
    for (let model = 0; model < this.#queues.length; model++) {
      const queue = this.#queues[model]
      if (queue.length === 0 || this.#idle[model].length === 0) continue
      if (!this.#isReady(nowUs, model)) continue
      const isOwed = this.#setup.isOwed?.(model) === true
      const priorityClass = isOwed ? Number.POSITIVE_INFINITY : queue.at(0).priorityClass
      const startUs = this.#latestStartUs(model) - this.#headStarts.ofModelUs(model)
      const goesFirst = priorityClass === bestClass ? startUs < bestUs : priorityClass > bestClass
      if (best >= 0 && !goesFirst) continue
      best = model
      bestClass = priorityClass
      bestUs = startUs
    }
    return best
  }

  /** Whether a model's next launch need not wait for more requests. */
  #isReady(nowUs: number, model: number): boolean {
    const { batches, maxDelayUs } = this.#setup.models[model]
    const queue = this.#queues[model]
    if (maxDelayUs === 0 || queue.samples >= batches[batches.length - 1]) return true
    const untilUs = Math.min(queue.at(0).arrivalUs + maxDelayUs, this.#latestStartUs(model))
    if (nowUs >= untilUs) return true
    this.#heldUntilUs = Math.min(this.#heldUntilUs, untilUs)
    return false
  }

  #launch(nowUs: number, model: number): void {
    const queue = this.#queues[model]
    const idle = this.#idle[model]
    const instance = idle[idle.length - 1]
    idle.pop()
    const count = this.#bestCount(nowUs, model, instance)
    const requests: WaitingRequest[] = []
    while (requests.length < count) requests.push(queue.take())
    const samples = requests.reduce((total, one) => total + one.samples, 0)
    const { batches, headStartUs } = this.#setup.models[model]
    const size = this.#sizeFor(model, samples)
    const deadlineUs = requests.reduce(
      (first, one) => Math.min(first, one.deadlineUs),
      Number.POSITIVE_INFINITY,
    )
    const dueUs = deadlineUs - headStartUs
    const level = this.#levelFor(dueUs)
    this.#running[instance] = { startUs: nowUs, size, requests, dueUs, level }
    this.#runningCount++
    this.#driver.launch(instance, batches[size], level, requests)
  }

  /**
   * How many waiting requests the next launch takes. It takes those of the batch size with the
   * least time per sample, since a large batch that is nearly empty takes longer than a few small
   * ones. A size larger than the first is taken only if the most urgent request is still in time
   * with it, or if that request is late anyway but is served all the same: then throughput is all
   * that is left to gain.
   */
  #bestCount(nowUs: number, model: number, instance: number): number {
    const queue = this.#queues[model]
    const { batches, late } = this.#setup.models[model]
    const isLost = late === 'serve' && nowUs > this.#latestStartUs(model)
    let best = 0
    let bestUs = Number.POSITIVE_INFINITY
    let count = 0
    let samples = 0
    let deadlineUs = Number.POSITIVE_INFINITY
    for (const [size, batch] of batches.entries()) {
      const before = count
      while (count < queue.length && samples + queue.at(count).samples <= batch) {
        const next = queue.at(count++)
        samples += next.samples
        deadlineUs = Math.min(deadlineUs, next.deadlineUs)
      }
      if (count === before) continue
      const endUs = this.#endUs(nowUs, model, instance, size)
      if (best > 0 && endUs > deadlineUs && !isLost) break
      const perSampleUs = (endUs - nowUs) / samples
      if (perSampleUs > bestUs) continue
      best = count
      bestUs = perSampleUs
    }
    return best
  }

  /** When a launch of this size would end if it started now, in µs. */
  #endUs(nowUs: number, model: number, instance: number, size: number): number {
    const batch = this.#setup.models[model].batches[size]
    return nowUs + this.#setup.estimateUs(instance, batch, this.#runningCount + 1)
  }

  /** Index of the smallest batch size that holds `samples` samples. */
  #sizeFor(model: number, samples: number): number {
    const { batches } = this.#setup.models[model]
    let size = 0
    while (batches[size] < samples) size++
    return size
  }

  /**
   * One level above every running launch that may end later, or the lowest level if there is none.
   */
  #levelFor(dueUs: number): number {
    let level = 0
    for (const other of this.#running) {
      if (other !== undefined && other.dueUs > dueUs) {
        level = Math.max(level, other.level + 1)
      }
    }
    return Math.min(level, this.#setup.levels - 1)
  }
}
