import { EventQueue } from '../../event-queue.js'

/** An event is one number, its subject times KINDS plus its kind; a power of two above every kind. */
const KINDS = 8

/* What can happen, and to whom: the subject of the event. */

/** Happens to a cohort. */
export const COHORT_END = 0
/** Happens to a lane. */
export const KERNEL_READY = 1
/** Happens to a worker: its request is launched. */
export const REQUEST_ARRIVAL = 2
export const REQUEST_LAUNCH = 3
/** Happens to no particular subject. */
export const WARMUP_END = 4
export const WAKE = 5
export const SAMPLE = 6

/** Simulated time, and what is to happen when. */
export class Clock {
  /** Simulated time in µs. */
  nowUs = 0
  readonly #events = new EventQueue(256)

  /** Time in µs at which something happens next; infinity if nothing ever does. */
  get nextUs(): number {
    return this.#events.nextUs
  }

  /** Notes what is to happen; an event at infinity never happens. */
  schedule(timeUs: number, kind: number, subject: number): void {
    if (timeUs < Number.POSITIVE_INFINITY) this.#events.push(timeUs, subject * KINDS + kind)
  }

  /** Removes what happens next; `kindOf` and `subjectOf` say what it is. */
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
