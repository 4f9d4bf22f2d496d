import { InputError } from '../errors.js'
import { inPercent, sum } from '../numbers.js'
import type { BatchDistribution } from '../schedule/partitions/batch-sizes.js'
import type { PartitionProblem } from './partitioners/partitioner.js'

/** One partition size that the planner may use, with its latency by batch. */
export interface PartitionSize {
  /** The profile's name. */
  readonly name: string
  readonly computeSlices: number
  readonly cus: number
  /** Latency of a launch by batch, µs; index 0 unused. */
  readonly latencyUs: Float64Array
}

/** The part of the batch axis that PARIS gives to one partition size. */
export interface Segment {
  readonly size: PartitionSize
  /** The knee: the smallest batch at which this size comes close enough to its best throughput. */
  readonly kneeBatch: number
  /** Served batches are `from`..`to`; none when `to` < `from`. */
  readonly from: number
  readonly to: number
  /** Share of requests whose batch is in the segment. */
  readonly share: number
  /**
   * R in the paper: the time in µs that this size spends per request, averaged over all requests of
   * the stream.
   */
  readonly demandUs: number
  /** Number of instances for the given compute slices if these could be split freely. */
  readonly fractional: number
}

/** A size counts as well used from this fraction of its best throughput on. */
const KNEE_UTILISATION = 0.8

/**
 * The smallest batch whose throughput is at least `utilisation` times the best one in the row.
 * PARIS reads the knee off the measured utilisation of the GPU, which latency tables do not have,
 * so throughput stands in for it.
 */
export function kneeBatch(latencyUs: Float64Array, utilisation = KNEE_UTILISATION): number {
  let best = 0
  for (let b = 1; b < latencyUs.length; b++) best = Math.max(best, b / latencyUs[b])
  for (let b = 1; b < latencyUs.length; b++) {
    if (b / latencyUs[b] >= utilisation * best) return b
  }
  return latencyUs.length - 1
}

/** The largest batch that a size completes within the target; 0 if there is none. */
export function largestBatchWithin(latencyUs: Float64Array, slaUs: number): number {
  let largest = 0
  for (let b = 1; b < latencyUs.length; b++) if (latencyUs[b] <= slaUs) largest = b
  return largest
}

/**
 * PARIS up to its fractional solution (Kim, Choi and Rhu, DAC 2022; docs/mig.md says what we had of
 * it).
 *
 *     B_k = min(knee of size k, largest batch of size k within the SLA), not decreasing in k
 *     segment k = (B_{k-1}, B_k]; the largest size takes the tail
 *     R_k = sum over b in segment k of Dist[b] * latency(k, b)
 *     N_k = R_k * total slices / sum_j (R_j * slices_j)
 *
 * The cap by the SLA is our addition. Without it a segment could go to a size that misses the
 * target even when it is idle.
 *
 * @param sizes from small to large
 * @param totalSlices compute slices of all GPUs
 */
export function parisSegments(
  sizes: readonly PartitionSize[],
  distribution: BatchDistribution,
  slaUs: number,
  totalSlices: number,
): Segment[] {
  const last = sizes.length - 1
  const maxBatch = distribution.length - 1
  let covered = 0
  const parts = sizes.map((size, k) => {
    const knee = kneeBatch(size.latencyUs.subarray(0, maxBatch + 1))
    const within = largestBatchWithin(size.latencyUs.subarray(0, maxBatch + 1), slaUs)
    const from = covered + 1
    const to = k === last ? maxBatch : Math.max(covered, Math.min(knee, within))
    covered = to
    let share = 0
    let demandUs = 0
    for (let b = from; b <= to; b++) {
      share += distribution[b]
      demandUs += distribution[b] * size.latencyUs[b]
    }
    return { size, kneeBatch: knee, from, to, share, demandUs }
  })
  const slicesUs = sum(parts.map((part) => part.demandUs * part.size.computeSlices))
  return parts.map((part) => ({ ...part, fractional: (part.demandUs * totalSlices) / slicesUs }))
}

/**
 * Checks that the target can be met at all: at most `1 - quantile` of the requests may have a batch
 * that no size completes in time.
 * @throws InputError naming the shortest target that could be met
 */
export function checkTargetIsReachable(
  sizes: readonly PartitionSize[],
  { distribution, slaUs, quantile }: Pick<PartitionProblem, 'distribution' | 'slaUs' | 'quantile'>,
  asked = 'target',
): void {
  let covered = 0
  let neededUs = 0
  // A larger batch is never faster (latencyModelOf). Shares that should add up to the quantile may fall short of it by
  // a rounding error.
  for (let batch = 1; covered < quantile - 1e-9; batch++) {
    if (distribution[batch] === 0) continue
    covered += distribution[batch]
    neededUs = Math.min(...sizes.map((size) => size.latencyUs[batch]))
  }
  if (neededUs <= slaUs) return
  throw new InputError({
    file: asked,
    expected: `at least ${(Math.ceil(neededUs) / 1000).toFixed(3)} ms, which the fastest partition needs`,
    found: `${(slaUs / 1000).toFixed(3)} ms, which no partition can meet for p${inPercent(quantile)}`,
  })
}
