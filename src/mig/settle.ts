import type { RequestRecord } from '../schedule/partitions/requests.js'
import type { SchedulerKind } from '../schedule/partitions/scheduler.js'
import { distinctLayouts, maximalLayouts } from './enumerate.js'
import { capacityOf } from './evaluate.js'
import type { Layout } from './layout.js'
import type { ParisCandidate } from './partitioners/paris.js'
import {
  hardwarePartitioning,
  type Partitioning,
  type PartitionProblem,
} from './partitioners/partitioner.js'

/** Relative width to which a layout's capacity is found when layouts are settled or checked. */
export const SETTLING_TOLERANCE = 0.005

/**
 * Picks the rounding of PARIS that carries most when it is simulated under ELSA, because the
 * integer program maximises an estimate that models queues only roughly.
 * @param streams request streams that differ from those on which the result is judged later
 */
export function settle(
  candidates: readonly ParisCandidate[],
  problem: PartitionProblem,
  elsa: SchedulerKind,
  streams: readonly RequestRecord[],
): ParisCandidate {
  const rates = candidates.map(
    ({ partitioning }) =>
      capacityOf({ partitioning, scheduler: elsa }, problem, streams, SETTLING_TOLERANCE).ratePerS,
  )
  return candidates[rates.indexOf(Math.max(...rates))]
}

/** The best of all legal layouts under ELSA by simulation. */
export interface ExactBest {
  readonly partitioning: Partitioning
  readonly ratePerS: number
  /** How many combinations of layouts were simulated. */
  readonly tried: number
}

/** Whether all sets of layouts can be tried: a GPU of seven slices has 14, two have 105, three have 560. */
export function isCheckable(gpus: number): boolean {
  return gpus <= 2
}

/**
 * Simulates every combination of legal layouts over the GPUs, once for those with the same
 * instances.
 */
export function exactBest(
  problem: PartitionProblem,
  elsa: SchedulerKind,
  streams: readonly RequestRecord[],
  onTried: (tried: number) => void,
): ExactBest {
  const layouts = distinctLayouts(maximalLayouts(problem.gpu))
  let best: ExactBest | undefined
  let tried = 0
  for (const chosen of multisets(layouts, problem.gpus)) {
    const partitioning = hardwarePartitioning('exact', chosen)
    const pairing = { partitioning, scheduler: elsa }
    const { ratePerS } = capacityOf(pairing, problem, streams, SETTLING_TOLERANCE)
    tried++
    if (best === undefined || ratePerS > best.ratePerS) best = { partitioning, ratePerS, tried }
    onTried(tried)
  }
  return { ...best!, tried }
}

function* multisets(layouts: readonly Layout[], size: number, from = 0): Generator<Layout[]> {
  if (size === 0) {
    yield []
    return
  }
  for (let i = from; i < layouts.length; i++) {
    for (const rest of multisets(layouts, size - 1, i)) yield [layouts[i], ...rest]
  }
}
