import { distinctLayouts, maximalLayouts } from '../enumerate.js'
import { nearestLayouts } from '../nearest-counts.js'
import type { Segment } from '../paris.js'
import { parisSegmentsOf } from './paris.js'
import {
  hardwarePartitioning,
  type Partitioner,
  type Partitioning,
  type PartitionProblem,
} from './partitioner.js'

/**
 * PARIS exactly as in its paper: the knees cut the batch axis into segments, the demand of the
 * segments gives the instances N_k, and these are rounded to whole numbers. Nothing else decides,
 * whereas `paris` keeps only the model of demand and searches for the layout that carries most.
 */
export const parisPrinted: Partitioner = {
  name: 'paris-printed',
  title: "unequal instances by PARIS's N_k, rounded to the nearest legal layouts",
  source: 'Kim, Choi, Rhu: PARIS and ELSA, DAC 2022, arXiv 2202.13481',
  partition: async (problem) => [await printedLayout(problem, parisSegmentsOf(problem))],
}

/** The layouts that are nearest to the N_k of these segments. */
export async function printedLayout(
  { gpu, gpus }: PartitionProblem,
  segments: readonly Segment[],
): Promise<Partitioning> {
  const layouts = distinctLayouts(maximalLayouts(gpu))
  const wanted = segments.map(({ size, fractional }) => ({ ...size, wanted: fractional }))
  return hardwarePartitioning('paris-printed', await nearestLayouts(layouts, gpus, wanted))
}
