import { distinctLayouts, maximalLayouts } from '../enumerate.js'
import { standardProfiles } from '../gpu.js'
import { latencyRow } from '../latency-model.js'
import type { Layout } from '../layout.js'
import { type PartitionSize, parisSegments, type Segment } from '../paris.js'
import { fractionalCarriedPerS, roundLayouts } from '../rounding.js'
import {
  hardwarePartitioning,
  type Partitioner,
  type Partitioning,
  type PartitionProblem,
} from './partitioner.js'

/** One way to round PARIS's demand to legal layouts. */
export interface ParisCandidate {
  readonly partitioning: Partitioning
  /** Requests per second it is estimated to carry within the target. */
  readonly carriedPerS: number
}

/** PARIS's answer with what led to it. */
export interface ParisPlan {
  readonly segments: readonly Segment[]
  /** What could be carried if GPUs could be split between layouts, requests per second. */
  readonly fractionalPerS: number
  /** Roundings, the best estimate first. */
  readonly candidates: readonly ParisCandidate[]
}

/** The sizes a planner chooses from on this GPU, from small to large, with the model's latency. */
export function partitionSizes({ gpu, latency, distribution }: PartitionProblem): PartitionSize[] {
  return standardProfiles(gpu).map(({ name, computeSlices, cus }) => ({
    name,
    computeSlices,
    cus,
    latencyUs: latencyRow(latency, cus, distribution.length - 1),
  }))
}

/**
 * PARIS: knees, segments, demand, fractional instances, and their rounding to legal layouts.
 * @param candidates how many roundings to return
 */
export async function planParis(problem: PartitionProblem, candidates: number): Promise<ParisPlan> {
  const { gpu, gpus, distribution, slaUs, quantile } = problem
  const sizes = partitionSizes(problem)
  const layouts = distinctLayouts(maximalLayouts(gpu, standardProfiles(gpu)))
  const rounding = { layouts, gpus, sizes, distribution, slaUs, lateShare: 1 - quantile }
  const rounded = await roundLayouts(rounding, candidates)
  return {
    segments: parisSegments(sizes, distribution, slaUs, gpus * gpu.computeSlices),
    fractionalPerS: await fractionalCarriedPerS(rounding),
    candidates: rounded.map(({ gpusPerLayout, carriedPerS }) => ({
      partitioning: hardwarePartitioning('paris', expand(layouts, gpusPerLayout)),
      carriedPerS,
    })),
  }
}

export const paris: Partitioner = {
  name: 'paris',
  title: 'unequal instances sized to the batch distribution',
  source: 'Kim, Choi, Rhu: PARIS and ELSA, DAC 2022, arXiv 2202.13481; rounding by ILP is ours',
  async partition(problem) {
    const plan = await planParis(problem, 1)
    return [plan.candidates[0].partitioning]
  },
}

function expand(layouts: readonly Layout[], gpusPerLayout: readonly number[]): Layout[] {
  return gpusPerLayout.flatMap((count, m) => Array<Layout>(count).fill(layouts[m]))
}
