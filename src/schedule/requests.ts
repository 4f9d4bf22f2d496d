import { createRandom, type Random } from '../random.js'
import { recordedGaps, type UnitGaps } from './arrivals.js'
import { type BatchDistribution, batchSampler } from './batch-sizes.js'

/**
 * A stream of requests: after `advance()` returns true, `gap` and `batch` describe the next one.
 */
export interface RequestSource {
  /** Gap since the previous request, in units of the mean gap. */
  gap: number
  /** Samples in the request. */
  batch: number
  /** False at the end of the stream. */
  advance(): boolean
}

/**
 * `count` requests, each drawn only when it is needed, so that any number of them fits in memory.
 */
export function drawnRequests(
  count: number,
  gaps: UnitGaps,
  batches: BatchDistribution,
  random: Random,
): RequestSource {
  const sample = batchSampler(batches, random)
  let left = count
  return {
    gap: 0,
    batch: 0,
    advance() {
      if (left-- <= 0) return false
      this.gap = gaps.next()
      this.batch = sample()
      return true
    },
  }
}

/** Requests that are kept so that several runs can be compared on exactly the same ones. */
export interface RequestRecord {
  readonly gaps: Float64Array
  readonly batches: Int32Array
  /**
   * How many times its estimate a launch really takes, by the oldest request in it; without it,
   * launches take what was estimated.
   */
  readonly slowdowns?: Float64Array
}

export function recordRequests(source: RequestSource, count: number): RequestRecord {
  const gaps = new Float64Array(count)
  const batches = new Int32Array(count)
  let n = 0
  while (n < count && source.advance()) {
    gaps[n] = source.gap
    batches[n] = source.batch
    n++
  }
  return { gaps: gaps.subarray(0, n), batches: batches.subarray(0, n) }
}

/**
 * The same requests where estimates are off: what a launch takes of its estimate is log-normal with
 * mean 1.
 * @param noise standard deviation of that factor; at 0 estimates are exact
 */
export function withEstimateNoise(
  record: RequestRecord,
  noise: number,
  random: Random,
): RequestRecord {
  if (noise === 0) return record
  const variance = Math.log(1 + noise ** 2)
  const factor = (): number => Math.exp(Math.sqrt(variance) * random.normal() - variance / 2)
  return { ...record, slowdowns: Float64Array.from(record.gaps, factor) }
}

export function replayRequests({ gaps, batches }: RequestRecord): RequestSource {
  let at = 0
  return {
    gap: 0,
    batch: 0,
    advance() {
      if (at === gaps.length) return false
      this.gap = gaps[at]
      this.batch = batches[at]
      at++
      return true
    },
  }
}

/** Recorded requests to draw streams from. */
export interface RecordedRequests {
  /** Arrival times in seconds, not decreasing. */
  readonly timesS: readonly number[]
  /** Samples in each request; without it they are drawn from the distribution. */
  readonly batches?: readonly number[]
}

/**
 * Makes streams of recorded requests. Each replication starts at another place in the recording and
 * wraps around at its end, which keeps the order of the requests and their bursts.
 * @param file what to name in an error
 */
export function recordedStreams(
  recorded: RecordedRequests,
  distribution: BatchDistribution,
  size: {
    readonly requests: number
    readonly replications: number
    readonly seed: number
    /** Standard deviation of what launches take of their estimate. */
    readonly estimateNoise?: number
  },
  file: string,
): RequestRecord[] {
  const { estimateNoise = 0 } = size
  const { timesS, batches } = recorded
  const gapOf = recordedGaps(timesS, file)
  const ring = Float64Array.from({ length: timesS.length - 1 }, () => gapOf.next())
  return Array.from({ length: size.replications }, (_, replication) => {
    const random = createRandom(size.seed * 1000 + replication)
    const start = random.integer(ring.length)
    const sample = batchSampler(distribution, random)
    const record = {
      gaps: Float64Array.from({ length: size.requests }, (_, i) => ring[(start + i) % ring.length]),
      // Gap j lies before request j + 1 of the recording.
      batches: Int32Array.from({ length: size.requests }, (_, i) =>
        batches === undefined ? sample() : batches[((start + i) % ring.length) + 1],
      ),
    }
    return withEstimateNoise(record, estimateNoise, random)
  })
}
