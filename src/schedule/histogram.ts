/** Buckets per factor of two, so that a quantile is within 1/512 (0.2%) of the true value. */
const PER_OCTAVE = 256
const MIN_EXPONENT = -10
const OCTAVES = 54

/**
 * Counts positive values in logarithmic buckets, so that millions of latencies take 0.1 MB and
 * about 5 ns each. The bucket comes from the number's exponent and the top 8 bits of its mantissa.
 * HdrHistogram, which the load generator writes into files, counts whole numbers only and takes
 * several times as long.
 */
export class LogHistogram {
  readonly #counts = new Float64Array(OCTAVES * PER_OCTAVE)
  readonly #float = new Float64Array(1)
  readonly #words = new Uint32Array(this.#float.buffer)
  #total = 0
  #sum = 0
  #max = 0

  get count(): number {
    return this.#total
  }

  get mean(): number {
    return this.#sum / this.#total
  }

  get max(): number {
    return this.#max
  }

  /** Counts a value. Values below 2^-10 and above 2^44 go into the first and the last bucket. */
  record(value: number): void {
    this.#float[0] = value
    // High word of a little-endian double: 1 sign bit, 11 exponent bits, 20 mantissa bits.
    const key = (this.#words[1] >>> 12) - ((1023 + MIN_EXPONENT) << 8)
    const last = this.#counts.length - 1
    this.#counts[key < 0 ? 0 : Math.min(key, last)]++
    this.#total++
    this.#sum += value
    if (value > this.#max) this.#max = value
  }

  /** The q-quantile (0..1) by nearest rank, to a relative error of 0.2%; NaN when empty. */
  quantile(q: number): number {
    if (this.#total === 0) return Number.NaN
    const rank = Math.max(1, Math.ceil(q * this.#total))
    let seen = 0
    for (let key = 0; key < this.#counts.length; key++) {
      seen += this.#counts[key]
      if (seen >= rank) return Math.min(this.#max, bucketMiddle(key))
    }
    return this.#max
  }
}

function bucketMiddle(key: number): number {
  const exponent = Math.floor(key / PER_OCTAVE) + MIN_EXPONENT
  return 2 ** exponent * (1 + ((key % PER_OCTAVE) + 0.5) / PER_OCTAVE)
}
