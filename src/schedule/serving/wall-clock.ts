import { type DropReason, ServingCore } from './core.js'
import type { ServingSetup } from './setup.js'
import type { WaitingRequest } from './waiting-queue.js'

/** What became of a request. Times in µs of the clock. */
export type Outcome =
  | {
      readonly kind: 'answered'
      readonly startUs: number
      readonly endUs: number
      /** Samples of all requests in its launch. */
      readonly together: number
    }
  | { readonly kind: 'dropped'; readonly reason: DropReason }
  /** Withdrawn before it was launched. */
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** What the real world provides to the core: time, and instances that run launches. */
export interface ServingClockOptions<Payload> {
  readonly setup: ServingSetup
  /** A monotonic clock, µs. */
  nowUs(): number
  /** Calls back on time. Returns a function that cancels the call. */
  callAt(timeUs: number, callback: () => void): () => void
  /** Calls back at the given time or some milliseconds later. Returns a function that cancels the call. */
  callSoonAfter(timeUs: number, callback: () => void): () => void
  /** Runs a launch; resolves when it has ended. */
  run(instance: number, batch: number, level: number, payloads: readonly Payload[]): Promise<void>
}

/**
 * When a request came, when it is due, and how it ranks. Absent values are taken from its model.
 */
export interface Submission {
  readonly samples: number
  readonly arrivalUs?: number
  readonly deadlineUs?: number
  readonly priorityClass?: number
}

/** A request on its way. */
export interface Submitted {
  /** Resolves once the request has an outcome of any kind, and never rejects. */
  readonly outcome: Promise<Outcome>
  /** Withdraws the request; does nothing if it is no longer waiting. */
  withdraw(): void
}

interface Pending<Payload> {
  readonly payload: Payload
  readonly settle: (outcome: Outcome) => void
}

/**
 * Drives the scheduling core of a demand by the wall clock, with the same queues, batches and drops
 * as in the simulator. Every submitted request gets exactly one outcome.
 */
export class ServingClock<Payload> {
  readonly core: ServingCore
  readonly #options: ServingClockOptions<Payload>
  readonly #pending = new Map<number, Pending<Payload>>()
  #nextTag = 0
  // Each time has an alarm of its own, because a launch that waits for more requests waits no longer than it was meant
  // to, while requests that can no longer be in time lose nothing by being dropped a little later.
  readonly #heldAlarm: Alarm
  readonly #lateAlarm: Alarm

  constructor(options: ServingClockOptions<Payload>) {
    this.#options = options
    const wake = (): void => {
      this.core.wake(options.nowUs())
      this.#setAlarms()
    }
    this.#heldAlarm = new Alarm(options.callAt, wake)
    this.#lateAlarm = new Alarm(options.callSoonAfter, wake)
    this.core = new ServingCore(options.setup, {
      launch: (instance, batch, level, requests) =>
        void this.#run(instance, batch, level, requests),
      drop: ({ tag }, _model, reason) => this.#settle(tag, { kind: 'dropped', reason }),
    })
  }

  /** Requests without an outcome yet. */
  get pending(): number {
    return this.#pending.size
  }

  /** Withdraws every waiting request of a model. */
  withdrawAll(model: number): void {
    for (const { tag } of this.core.takeWaiting(model)) this.#settle(tag, { kind: 'withdrawn' })
  }

  /** Puts a withdrawn instance back into service. */
  offer(instance: number): void {
    this.core.offer(this.#options.nowUs(), instance)
    this.#setAlarms()
  }

  /** Queues a request of a model. */
  submit(model: number, payload: Payload, submission: Submission): Submitted {
    const nowUs = this.#options.nowUs()
    const { targetUs, priorityClass } = this.#options.setup.models[model]
    const { samples, arrivalUs = nowUs } = submission
    const tag = this.#nextTag++
    const outcome = new Promise<Outcome>((resolve) => {
      this.#pending.set(tag, { payload, settle: resolve })
      this.core.arrive(nowUs, model, {
        tag,
        samples,
        arrivalUs,
        deadlineUs: submission.deadlineUs ?? arrivalUs + targetUs,
        priorityClass: submission.priorityClass ?? priorityClass,
      })
      this.#setAlarms()
    })
    return { outcome, withdraw: () => this.#withdraw(model, tag) }
  }

  #withdraw(model: number, tag: number): void {
    if (!this.#pending.has(tag)) return
    const withdrawn = this.core.cancel(model, tag)
    if (withdrawn !== undefined) this.#settle(tag, { kind: 'withdrawn' })
  }

  async #run(
    instance: number,
    batch: number,
    level: number,
    requests: readonly WaitingRequest[],
  ): Promise<void> {
    const startUs = this.#options.nowUs()
    const payloads = requests.map(({ tag }) => this.#pending.get(tag)!.payload)
    const together = requests.reduce((total, { samples }) => total + samples, 0)
    let failure: Outcome | undefined
    try {
      await this.#options.run(instance, batch, level, payloads)
    } catch (error) {
      failure = { kind: 'failed', error }
    }
    const endUs = this.#options.nowUs()
    const outcome = failure ?? { kind: 'answered', startUs, endUs, together }
    for (const { tag } of requests) this.#settle(tag, outcome)
    if (failure === undefined) this.core.finish(endUs, instance)
    else this.core.fail(endUs, instance)
    this.#setAlarms()
  }

  #settle(tag: number, outcome: Outcome): void {
    const pending = this.#pending.get(tag)
    this.#pending.delete(tag)
    pending?.settle(outcome)
  }

  #setAlarms(): void {
    const { heldUntilUs, lateAtUs } = this.core
    this.#heldAlarm.ringBy(heldUntilUs)
    this.#lateAlarm.ringBy(lateAtUs)
  }
}

/** Rings once, at the earliest of the times that were asked for. Afterwards it can be asked again. */
class Alarm {
  readonly #call: (timeUs: number, callback: () => void) => () => void
  readonly #ring: () => void
  #timeUs = Number.POSITIVE_INFINITY
  #cancel: () => void = () => {}

  constructor(call: (timeUs: number, callback: () => void) => () => void, ring: () => void) {
    this.#call = call
    this.#ring = ring
  }

  ringBy(timeUs: number): void {
    // An alarm that goes off too early finds nothing to do. That is cheaper than resetting it every
    // time.
    if (timeUs >= this.#timeUs) return
    this.#cancel()
    this.#timeUs = timeUs
    this.#cancel = this.#call(timeUs, () => {
      this.#timeUs = Number.POSITIVE_INFINITY
      this.#ring()
    })
  }
}
