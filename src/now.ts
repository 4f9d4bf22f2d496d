/** A longer timer of Node's would overflow and go off at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The time of a monotonic clock, in µs. */
export function nowUs(): number {
  return performance.now() * 1000
}
