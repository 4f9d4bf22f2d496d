/** Buckets for each factor of two: a quantile is within 0.6% of the latency that it stands for. */
const PER_OCTAVE = 64
/** 1 µs to 2^31 µs, which is 36 minutes. */
const OCTAVES = 31
const BUCKETS = OCTAVES * PER_OCTAVE

/** What became of the requests of a model in one second. */
class Interval {
  readonly counts = new Uint32Array(BUCKETS)
  answered = 0
  inTime = 0

  clear(): void {
    this.counts.fill(0)
    this.answered = 0
    this.inTime = 0
  }
}

/** The latencies of the last seconds in constant memory: one interval is being filled, the others are complete. */
export class RecentLatencies {
  readonly #intervals: Interval[]
  #now = 0
  #targetUs = Number.POSITIVE_INFINITY

  /** @param kept number of complete intervals that quantiles cover */
  constructor(kept: number) {
    this.#intervals = Array.from({ length: kept + 1 }, () => new Interval())
  }

  add(latencyUs: number): void {
    const interval = this.#intervals[this.#now]
    const bucket = Math.floor(Math.log2(Math.max(1, latencyUs)) * PER_OCTAVE)
    interval.counts[Math.min(bucket, BUCKETS - 1)]++
    interval.answered++
    if (latencyUs <= this.#targetUs) interval.inTime++
  }

  /**
   * Ends the interval that is being filled, and forgets the oldest one.
   * @param targetUs of the next interval: latencies up to this are in time
   */
  turn(targetUs: number): void {
    this.#targetUs = targetUs
    this.#now = (this.#now + 1) % this.#intervals.length
    this.#intervals[this.#now].clear()
  }

  /** Requests answered in the complete intervals. */
  get answered(): number {
    return this.#total(({ answered }) => answered)
  }

  /** How many of those were within the target. */
  get inTime(): number {
    return this.#total(({ inTime }) => inTime)
  }

  /**
   * The latencies in ms below which these shares of the answered requests lie, by nearest
   * rank; undefined if none were answered.
   * @param shares ascending, 0 to 1
   */
  quantilesMs(shares: readonly number[]): number[] | undefined {
    const { answered } = this
    if (answered === 0) return undefined
    const whole = this.#whole()
    const quantiles: number[] = []
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS && quantiles.length < shares.length; bucket++) {
      for (const { counts } of whole) seen += counts[bucket]
      while (
        quantiles.length < shares.length &&
        seen >= Math.max(1, Math.ceil(shares[quantiles.length] * answered))
      ) {
        quantiles.push(2 ** ((bucket + 0.5) / PER_OCTAVE) / 1000)
      }
    }
    return quantiles
  }

  #whole(): Interval[] {
    return this.#intervals.filter((_, i) => i !== this.#now)
  }

  #total(of: (interval: Interval) => number): number {
    return this.#whole().reduce((total, interval) => total + of(interval), 0)
  }
}
