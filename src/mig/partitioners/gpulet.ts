import type { LatencyModel } from '../latency-model.js'
import { type Partitioner, softPartitioning } from './partitioner.js'

/** Shares of a GPU that the system offers, in percent. */
const SHARES = [20, 40, 50, 60, 80, 100] as const

/** A step to the next share counts only if it gains at least this much throughput. */
const LEAST_GAIN = 0.05

/** To account for interference, latency on a share is assumed to be this many times the profiled one. */
const LATENCY_INFLATION = 1.1

/**
 * gpulet splits a GPU into at most two shares. It serves a rate with saturated shares of the
 * model's most efficient size, beyond which more of the GPU gains little, and with one share for
 * the residue. gpulet asks what a rate needs; here the GPUs are given, so we take the highest rate
 * that fits on them.
 */
export const gpulet: Partitioner = {
  name: 'gpulet',
  title: 'two soft shares per GPU, the first the most efficient one',
  source: 'Choi et al., USENIX ATC 2022, arXiv 2109.01611; shares and factors from its code',
  async partition(problem) {
    const { latency, gpu, gpus, slaUs } = problem
    const share = efficientShare(latency, gpu.cus, slaUs)
    if (share === undefined) {
      return [{ name: 'gpulet', reason: 'no share runs a batch of 1 within half the target' }]
    }
    const rest = 100 - share
    const restServes = bestRate(latency, Math.floor((gpu.cus * rest) / 100), slaUs) > 0
    return [softPartitioning('gpulet', problem, sharesByGpu(share, restServes ? rest : 0, gpus))]
  },
}

/**
 * How much of each GPU the highest rate takes, in percent. The rest of a GPU beside the efficient
 * share is saturated too if it is at least as large. If it is smaller, it can only take the
 * residue, and there is only one residue.
 * @param rest percent beside the efficient share; 0 if it serves nothing within the target
 */
export function sharesByGpu(share: number, rest: number, gpus: number): number[][] {
  return Array.from({ length: gpus }, (_, gpu) => {
    const used = rest >= share || (rest > 0 && gpu === 0)
    return used ? [share, rest] : [share]
  })
}

/**
 * The share with the steepest rise of throughput per percent over the share before it. Steps that
 * gain less than 5% are skipped. Undefined when no share serves the model within the target.
 */
export function efficientShare(
  latency: LatencyModel,
  cus: number,
  slaUs: number,
): number | undefined {
  let best: number | undefined
  let steepest = 0
  let lastShare = 0
  let lastRate = 0
  for (const share of SHARES) {
    const rate = bestRate(latency, Math.floor((cus * share) / 100), slaUs)
    if (rate > lastRate * (1 + LEAST_GAIN)) {
      const slope = (rate - lastRate) / (share - lastShare)
      if (slope > steepest) {
        steepest = slope
        best = share
      }
      lastShare = share
      lastRate = rate
    }
  }
  return best
}

/**
 * Highest number of samples per µs among batches that take at most half the target, because one
 * batch waits while another runs.
 */
function bestRate(latency: LatencyModel, cus: number, slaUs: number): number {
  if (cus < 1) return 0
  let best = 0
  for (let batch = 1; batch <= latency.maxBatch; batch++) {
    const us = latency.latencyUs(cus, batch) * LATENCY_INFLATION
    if (2 * us <= slaUs) best = Math.max(best, batch / us)
  }
  return best
}
