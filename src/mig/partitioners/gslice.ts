import { clamp } from '../../numbers.js'
import { type Partitioner, type PartitionProblem, softPartitioning } from './partitioner.js'

/** Shares change in steps of this many percent. */
const STEP = 5
const ROUNDS = 40

/**
 * In GSLICE, every copy of the model tunes its own batch and its own share of the GPU. The share
 * grows while the latency misses the target and shrinks while there is slack, in proportion to the
 * deviation. Where it settles determines how many copies fit on the GPU.
 */
export const gslice: Partitioner = {
  name: 'gslice',
  title: 'equal soft shares, tuned to the target by feedback',
  source: "Dhakal, Kulkarni, Ramakrishnan, SoCC 2020; feedback rule as in gpulet's comparison",
  async partition(problem) {
    const share = tunedShare(problem)
    if (share === undefined) {
      return [{ name: 'gslice', reason: 'not even the whole GPU meets the target' }]
    }
    const copies = Math.max(1, Math.floor(100 / share))
    const even = Array<number>(copies).fill(Math.floor(100 / copies))
    return [softPartitioning('gslice', problem, Array<number[]>(problem.gpus).fill(even))]
  },
}

/** The share, in percent, at which the feedback settles; undefined when 100% is not enough. */
export function tunedShare({
  gpu,
  latency,
  distribution,
  slaUs,
  quantile,
}: PartitionProblem): number | undefined {
  const batch = quantileBatch(distribution, quantile)
  const residual = (share: number): number => {
    const cus = Math.max(1, Math.floor((gpu.cus * share) / 100))
    // A launch may take half of the target, because a request waits for one launch and runs in the
    // next.
    return (2 * latency.latencyUs(cus, batch) - slaUs) / slaUs
  }
  let share = 50
  let least: number | undefined
  for (let round = 0; round < ROUNDS; round++) {
    const off = residual(share)
    if (off <= 0) least = Math.min(least ?? 100, share)
    const change = Math.max(STEP, Math.round((Math.abs(off) * share) / STEP) * STEP)
    const next = clamp(off > 0 ? share + change : share - change, STEP, 100)
    if (next === share) break
    share = next
    if (least !== undefined && share >= least && off > 0) break
  }
  if (least !== undefined) return least
  const wholeUs = latency.latencyUs(gpu.cus, batch)
  return wholeUs <= slaUs ? 100 : undefined
}

/** The batch that this share of requests does not exceed. */
function quantileBatch(distribution: Float64Array, quantile: number): number {
  let covered = 0
  for (let batch = 1; batch < distribution.length; batch++) {
    covered += distribution[batch]
    if (covered >= quantile) return batch
  }
  return distribution.length - 1
}
