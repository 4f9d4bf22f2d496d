import { SchedulingCore } from './core.js'
import type { Scheduler } from './scheduler.js'
import type { ServiceTable } from './view.js'

/** What a real server gives the scheduling core: a clock and partitions that run launches. */
export interface WallClockOptions<Request> {
  readonly table: ServiceTable
  readonly slaUs: number
  readonly scheduler: Scheduler
  /** A monotonic clock, µs. */
  nowUs(): number
  /** Runs the requests of one launch on the partition; resolves when they are done. */
  run(partition: number, requests: readonly Request[]): Promise<void>
}

/**
 * Drives the scheduling core with a real clock. Queues and decisions are the same as in the
 * simulator; the caller runs the launches.
 */
export class WallClockScheduler<Request> {
  readonly #options: WallClockOptions<Request>
  readonly #core: SchedulingCore
  /** By tag: the request, and the callbacks that settle its promise. */
  readonly #waiting = new Map<number, Waiting<Request>>()
  #nextTag = 0

  constructor(options: WallClockOptions<Request>) {
    this.#options = options
    this.#core = new SchedulingCore(options.table, options.slaUs, options.scheduler, {
      launch: (partition) => void this.#launch(partition),
      complete: (tag) => this.#settle(tag),
    })
  }

  /**
   * Queues a request of `batch` samples; resolves when it has run.
   * @throws whatever `run` rejected with for its launch
   */
  submit(request: Request, batch: number): Promise<void> {
    const tag = this.#nextTag++
    return new Promise((resolve, reject) => {
      this.#waiting.set(tag, { request, resolve, reject, error: undefined })
      this.#core.arrive(this.#options.nowUs(), batch, tag)
    })
  }

  async #launch(partition: number): Promise<void> {
    // The core links the requests of a launch before it asks for it, so their tags can be read
    // here.
    const members = this.#core.tagsRunningOn(partition).map((tag) => this.#waiting.get(tag)!)
    try {
      await this.#options.run(
        partition,
        members.map(({ request }) => request),
      )
    } catch (error) {
      for (const member of members) member.error = { cause: error }
    }
    this.#core.finish(this.#options.nowUs(), partition)
  }

  #settle(tag: number): void {
    const { resolve, reject, error } = this.#waiting.get(tag)!
    this.#waiting.delete(tag)
    if (error === undefined) resolve()
    else reject(error.cause)
  }
}

interface Waiting<Request> {
  readonly request: Request
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  error: { readonly cause: unknown } | undefined
}
