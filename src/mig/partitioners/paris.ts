import { distinctLayouts, maximalLayouts } from '../enumerate.js'
import { standardProfiles } from '../gpu.js'
import { latencyRow } from '../latency-model.js'
import type { Layout } from '../layout.js'
import { type PartitionSize, parisSegments, type Segment } from '../paris.js'
import { fractionalCarriedPerS, type RoundingProblem, roundLayouts } from '../rounding.js'
import {
  hardwarePartitioning,
  type Partitioner,
  type Partitioning,
  type PartitionProblem,
} from './partitioner.js'

/** One way of rounding PARIS's demand to legal layouts. */
export interface ParisCandidate {
  readonly partitioning: Partitioning
  /** The setting of the integer program that led to this answer. */
  readonly tightness: number
  /** Requests per second that it is estimated to carry within the target. */
  readonly carriedPerS: number
}

/** PARIS's answer and the steps that led to it. */
export interface ParisPlan {
  readonly segments: readonly Segment[]
  /** Different roundings. If they are not simulated, the first one should be used. */
  readonly candidates: readonly ParisCandidate[]
}

/**
 * The better partitions can stand in for each other, the lower is the best tightness. Simulating
 * seven models on H200s gave 0.8 to 0.9 for one GPU, 0.4 to 0.7 for four and 0.3 to 0.6 for eight.
 * A value from the middle comes first, because it is used if nothing is simulated.
 */
const TIGHTNESS = [0.7, 0.3, 0.4, 0.5, 0.6, 0.8, 0.9] as const

/**
 * For up to this many GPUs, each tightness gives three answers, because the next best layouts
 * differ a lot.
 */
const FEW_GPUS = 2

/** The sizes among which a planner chooses on this GPU, from small to large, with the model's latency. */
export function partitionSizes({ gpu, latency, distribution }: PartitionProblem): PartitionSize[] {
  return standardProfiles(gpu).map(({ name, computeSlices, cus }) => ({
    name,
    computeSlices,
    cus,
    latencyUs: latencyRow(latency, cus, distribution.length - 1),
  }))
}

/**
 * Runs all of PARIS: finds knees, segments, demand and fractional instances, and rounds to legal
 * layouts.
 * @param settings how many settings of the tightness to round with, starting with the first
 */
export async function planParis(
  problem: PartitionProblem,
  settings: number = TIGHTNESS.length,
): Promise<ParisPlan> {
  const candidates = new Map<string, ParisCandidate>()
  for (const tightness of TIGHTNESS.slice(0, settings)) {
    for (const candidate of await roundings(problem, tightness)) {
      const key = candidate.partitioning.partitions.map(({ name }) => name).join()
      if (!candidates.has(key)) candidates.set(key, candidate)
    }
  }
  return { segments: parisSegmentsOf(problem), candidates: [...candidates.values()] }
}

/** Knees, segments, demand and fractional instances for the problem's GPUs. */
export function parisSegmentsOf(problem: PartitionProblem): Segment[] {
  const { gpu, gpus, distribution, slaUs } = problem
  return parisSegments(partitionSizes(problem), distribution, slaUs, gpus * gpu.computeSlices)
}

/** Requests per second that could be carried at this tightness if GPUs could be split freely. */
export function fractionalPerS(problem: PartitionProblem, tightness: number): Promise<number> {
  return fractionalCarriedPerS(roundingProblem(problem, tightness))
}

async function roundings(problem: PartitionProblem, tightness: number): Promise<ParisCandidate[]> {
  const rounding = roundingProblem(problem, tightness)
  const rounded = await roundLayouts(rounding, problem.gpus <= FEW_GPUS ? 3 : 1)
  return rounded.map(({ gpusPerLayout, carriedPerS }) => ({
    partitioning: hardwarePartitioning('paris', expand(rounding.layouts, gpusPerLayout)),
    tightness,
    carriedPerS,
  }))
}

function roundingProblem(problem: PartitionProblem, tightness: number): RoundingProblem {
  const { gpu, gpus, distribution, slaUs, quantile } = problem
  const layouts = distinctLayouts(maximalLayouts(gpu))
  const sizes = partitionSizes(problem)
  return { layouts, gpus, sizes, distribution, slaUs, lateShare: 1 - quantile, tightness }
}

export const paris: Partitioner = {
  name: 'paris',
  title: 'unequal instances that carry most of the batch distribution',
  source:
    'Kim, Choi, Rhu: PARIS and ELSA, DAC 2022, arXiv 2202.13481; the choice of layouts by ILP is ours',
  async partition(problem) {
    const plan = await planParis(problem, 1)
    return [plan.candidates[0].partitioning]
  },
}

function expand(layouts: readonly Layout[], gpusPerLayout: readonly number[]): Layout[] {
  return gpusPerLayout.flatMap((count, m) => Array<Layout>(count).fill(layouts[m]))
}
