import { createRandom, type Random } from '../../random.js'
import { recordedGaps, type UnitGaps } from '../arrivals.js'
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

/** `count` requests. Each is drawn only when it is needed, so any number of them fits in memory. */
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

/** Requests that are recorded so that several runs can be compared on exactly the same ones. */
export interface RequestRecord {
  readonly gaps: Float64Array
  readonly batches: Int32Array
  /**
   * Factor from a launch's estimated to its real time, by the oldest request in the launch. If
   * absent, launches take exactly as long as estimated.
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
 * The same requests with inaccurate estimates: the ratio of a launch's real to its estimated time
 * is log-normal with mean 1.
 * @param noise standard deviation of that ratio; at 0 estimates are exact
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
  /** Samples in each request. If absent, they are drawn from the distribution. */
  readonly batches?: readonly number[]
}

/**
 * Makes streams from recorded requests. Each replication starts at a different place in the
 * recording and wraps around at its end, which preserves the order of the requests and their
 * bursts.
 * @param file the name to give in an error
 */
export function recordedStreams(
  recorded: RecordedRequests,
  distribution: BatchDistribution,
  size: {
    readonly requests: number
    readonly replications: number
    readonly seed: number
    /** Standard deviation of the ratio of real to estimated launch times. */
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
      // Gap j comes before request j + 1 of the recording.
      batches: Int32Array.from({ length: size.requests }, (_, i) =>
        batches === undefined ? sample() : batches[((start + i) % ring.length) + 1],
      ),
    }
    return withEstimateNoise(record, estimateNoise, random)
  })
}
