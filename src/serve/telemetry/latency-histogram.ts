/** Upper bounds of the buckets in seconds: 1, 2 and 5 in each decade from 100 µs to 10 s. */
export const LATENCY_BOUNDS_S: readonly number[] = [
  1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
]

const BOUNDS_US = LATENCY_BOUNDS_S.map((seconds) => seconds * 1e6)

/**
 * Latencies in buckets. Adding one takes a few comparisons and no memory. The buckets are few and
 * fixed, as Prometheus stores a series for each of them and can only add up equal ones.
 */
export class LatencyHistogram {
  /** The latencies in each bucket; the last bucket holds those above every bound. */
  readonly counts = new Float64Array(BOUNDS_US.length + 1)
  totalUs = 0

  add(latencyUs: number): void {
    let bucket = 0
    while (bucket < BOUNDS_US.length && latencyUs > BOUNDS_US[bucket]) bucket++
    this.counts[bucket]++
    this.totalUs += latencyUs
  }
}
