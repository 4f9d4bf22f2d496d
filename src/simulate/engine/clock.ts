import { EventQueue } from '../../event-queue.js'

/** An event is one number: its subject times KINDS, plus its kind. KINDS is a power of two above every kind. */
const KINDS = 8

/* The kinds of events, each with what its subject is. */

/** Happens to a cohort. */
export const COHORT_END = 0
/** Happens to a lane. */
export const KERNEL_READY = 1
/** Happens to a worker, or to the queue of a model if a scheduling core decides which worker serves it. */
export const REQUEST_ARRIVAL = 2
/** Happens to a worker. */
export const REQUEST_LAUNCH = 3
/** These happen to no particular subject. */
export const WARMUP_END = 4
export const WAKE = 5
export const SAMPLE = 6

/** Simulated time, and the events that are due. */
export class Clock {
  /** Simulated time in µs. */
  nowUs = 0
  readonly #events = new EventQueue(256)

  /** Time in µs of the next event; infinity if there is none. */
  get nextUs(): number {
    return this.#events.nextUs
  }

  /** Schedules an event. An event at infinity never happens. */
  schedule(timeUs: number, kind: number, subject: number): void {
    if (timeUs < Number.POSITIVE_INFINITY) this.#events.push(timeUs, subject * KINDS + kind)
  }

  /** Removes the next event; `kindOf` and `subjectOf` say what it is. */
  next(): number {
    return this.#events.pop()
  }
}

export function kindOf(event: number): number {
  return event % KINDS
}

export function subjectOf(event: number): number {
  return (event / KINDS) | 0
}
