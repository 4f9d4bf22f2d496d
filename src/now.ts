/** The time of a monotonic clock, in µs. */
export function nowUs(): number {
  return performance.now() * 1000
}
