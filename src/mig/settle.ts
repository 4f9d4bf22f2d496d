import { elsa } from '../schedule/elsa.js'
import type { RequestRecord } from '../schedule/requests.js'
import { distinctLayouts, maximalLayouts } from './enumerate.js'
import { capacityOf } from './evaluate.js'
import { standardProfiles } from './gpu.js'
import type { Layout } from './layout.js'
import type { ParisCandidate } from './partitioners/paris.js'
import {
  hardwarePartitioning,
  type Partitioning,
  type PartitionProblem,
} from './partitioners/partitioner.js'

/** How closely settling tells two layouts apart. */
const TOLERANCE = 0.005

/**
 * Of PARIS's roundings, the one that carries most under ELSA by simulation: the estimate the ILP
 * maximises cannot see queues exactly.
 * @param streams not those the result is judged on
 */
export function settle(
  candidates: readonly ParisCandidate[],
  problem: PartitionProblem,
  streams: readonly RequestRecord[],
): ParisCandidate {
  const rates = candidates.map(
    ({ partitioning }) => capacityOf(partitioning, elsa, problem, streams, TOLERANCE).ratePerS,
  )
  return candidates[rates.indexOf(Math.max(...rates))]
}

/** The best of all legal layouts under ELSA by simulation. */
export interface ExactBest {
  readonly partitioning: Partitioning
  readonly ratePerS: number
  /** How many sets of layouts were simulated. */
  readonly tried: number
}

/**
 * Simulates every set of maximal legal layouts over the GPUs (placements that give the same
 * instances are tried once): 14 for one 7-slice GPU, 105 for two.
 */
export function exactBest(
  problem: PartitionProblem,
  streams: readonly RequestRecord[],
  onTried: (tried: number) => void,
): ExactBest {
  const layouts = distinctLayouts(maximalLayouts(problem.gpu, standardProfiles(problem.gpu)))
  let best: ExactBest | undefined
  let tried = 0
  for (const chosen of multisets(layouts, problem.gpus)) {
    const partitioning = hardwarePartitioning('exact', chosen)
    const { ratePerS } = capacityOf(partitioning, elsa, problem, streams, TOLERANCE)
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
