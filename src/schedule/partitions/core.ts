import { NONE, RequestPool } from './request-pool.js'
import { HOLD, type Scheduler } from './scheduler.js'
import { ScheduleView, type ServiceTable } from './view.js'

/** What the core tells its driver; the driver owns the clock and the device. */
export interface Driver {
  /**
   * Start a launch of `samples` samples on the idle partition, and call `finish` when it has ended.
   */
  launch(partition: number, samples: number): void
  /** A request is done. `tag` is the one passed to `arrive`. */
  complete(tag: number, arrivalUs: number, partition: number): void
}

/**
 * Holds the queues, asks the scheduler, and carries out its decisions. Time enters only as an
 * argument, so that a virtual clock and the wall clock can both drive it.
 */
export class SchedulingCore {
  readonly view: ScheduleView
  readonly #pool = new RequestPool()
  readonly #scheduler: Scheduler
  readonly #driver: Driver
  readonly #head: Int32Array
  readonly #tail: Int32Array
  readonly #runningHead: Int32Array
  /** Index of the shared queue in `#head` and `#tail`, after those of the partitions. */
  readonly #shared: number

  constructor(table: ServiceTable, slaUs: number, scheduler: Scheduler, driver: Driver) {
    this.view = new ScheduleView(table, slaUs)
    this.#scheduler = scheduler
    this.#driver = driver
    this.#shared = table.partitions
    this.#head = new Int32Array(table.partitions + 1).fill(NONE)
    this.#tail = new Int32Array(table.partitions + 1).fill(NONE)
    this.#runningHead = new Int32Array(table.partitions).fill(NONE)
  }

  /**
   * A request arrives.
   * @param nowUs the time, no earlier than in any previous call
   * @param batch samples in it, 1 to the table's largest
   * @param tag passed on to `complete`
   */
  arrive(nowUs: number, batch: number, tag: number): void {
    this.view.nowUs = nowUs
    const slot = this.#pool.take(nowUs, batch, tag)
    // A newcomer must not overtake the requests that already wait in the shared queue.
    const partition = this.view.held > 0 ? HOLD : this.#scheduler.decide(this.view, batch)
    if (partition === HOLD) {
      this.#append(this.#shared, slot)
      this.view.held++
      if (this.view.held > 1) this.#drainShared()
      return
    }
    this.#assign(partition, slot)
  }

  /** The launch running on the partition has ended. */
  finish(nowUs: number, partition: number): void {
    this.view.nowUs = nowUs
    this.view.running[partition] = 0
    let slot = this.#runningHead[partition]
    this.#runningHead[partition] = NONE
    while (slot !== NONE) {
      const next = this.#pool.next[slot]
      this.#driver.complete(this.#pool.tag[slot], this.#pool.arrivalUs[slot], partition)
      this.#pool.release(slot)
      slot = next
    }
    if (this.view.waiting[partition] > 0) this.#start(partition)
    else this.#drainShared()
  }

  /** Tags of the requests in the launch that runs on the partition, oldest first. */
  tagsRunningOn(partition: number): number[] {
    const tags: number[] = []
    for (let slot = this.#runningHead[partition]; slot !== NONE; slot = this.#pool.next[slot]) {
      tags.push(this.#pool.tag[slot])
    }
    return tags
  }

  /** Number of slots allocated for requests, which shows how much memory the core uses. */
  get poolCapacity(): number {
    return this.#pool.capacity
  }

  #drainShared(): void {
    while (this.view.held > 0) {
      const slot = this.#head[this.#shared]
      const partition = this.#scheduler.decide(this.view, this.#pool.batch[slot])
      if (partition === HOLD) return
      this.#pop(this.#shared)
      this.view.held--
      this.#assign(partition, slot)
    }
  }

  #assign(partition: number, slot: number): void {
    this.#append(partition, slot)
    this.view.waiting[partition]++
    this.view.queuedUs[partition] += this.view.estimateUs(partition, this.#pool.batch[slot])
    if (this.view.running[partition] === 0) this.#start(partition)
  }

  #start(partition: number): void {
    const view = this.view
    const first = this.#takeWaiting(partition)
    let samples = this.#pool.batch[first]
    this.#runningHead[partition] = first
    if (this.#scheduler.launchLimit !== undefined) {
      const headUs = this.#pool.arrivalUs[first]
      const limit = this.#scheduler.launchLimit(view, partition, headUs)
      samples = this.#combine(partition, first, samples, limit)
    }
    view.running[partition] = 1
    view.busyUntilUs[partition] = view.nowUs + view.estimateUs(partition, samples)
    this.#driver.launch(partition, samples)
  }

  /**
   * Adds waiting requests to a launch up to the limit: the partition's own first, then those of the
   * shared queue.
   */
  #combine(partition: number, first: number, samplesOfFirst: number, limit: number): number {
    let last = first
    let samples = samplesOfFirst
    for (;;) {
      const own = this.view.waiting[partition] > 0
      const slot = this.#head[own ? partition : this.#shared]
      if (slot === NONE || samples + this.#pool.batch[slot] > limit) return samples
      if (own) this.#takeWaiting(partition)
      else this.#takeHeld()
      samples += this.#pool.batch[slot]
      this.#pool.next[last] = slot
      last = slot
    }
  }

  #takeWaiting(partition: number): number {
    const slot = this.#pop(partition)
    const view = this.view
    view.waiting[partition]--
    // A sum drifts after many additions and subtractions, so an empty queue is set to exactly 0.
    view.queuedUs[partition] =
      view.waiting[partition] === 0
        ? 0
        : view.queuedUs[partition] - view.estimateUs(partition, this.#pool.batch[slot])
    return slot
  }

  #takeHeld(): void {
    this.#pop(this.#shared)
    this.view.held--
  }

  #append(queue: number, slot: number): void {
    if (this.#head[queue] === NONE) this.#head[queue] = slot
    else this.#pool.next[this.#tail[queue]] = slot
    this.#tail[queue] = slot
  }

  #pop(queue: number): number {
    const slot = this.#head[queue]
    this.#head[queue] = this.#pool.next[slot]
    this.#pool.next[slot] = NONE
    return slot
  }
}
