import { cusOf, totalCus } from '../device/device.js'
import { buildPlan, groupKernels } from '../plan/build.js'
import type { Plan, SolverEvidence } from '../plan/plan.js'
import { requestUs } from '../profile/duration.js'
import { hasTargets, type Scenario } from '../workload/scenario.js'
import type { Policy, PolicyParameters } from './policy.js'
import { priorityLevels } from './priorities.js'
import { classWeights, reweightedPlan } from './reweighting.js'
import { costTable } from './solver/cost-table.js'
import { fewestSwitches } from './solver/fewest-switches.js'
import { Front } from './solver/front.js'
import { minimiseMultilinear } from './solver/multilinear.js'
import { minimiseProduct } from './solver/product.js'
import type { Solution } from './solver/solution.js'
import { pooledStreams, streamPool, type WorkerStreams } from './stream-pool.js'

/** A gap below this is only rounding in the sums of durations. */
const PROVEN_GAP = 1e-9

/**
 * ECLIP's optimizer, solved exactly. It puts each kernel on one stream of its worker's pool, with at
 * most `switchBudget` switches per request, so as to minimise the sum over all kernels of beta * (1
 * + alpha). Whatever else a scenario asks for (classes, shares and targets) enters through the
 * weights of the workers.
 */
export const eclip: Policy = {
  name: 'eclip',
  summary: 'optimal kernel groups over the stream pool under a switch budget',
  source: 'ECLIP (arXiv 2506.12598) section 4',
  plan: async (scenario, context) => {
    const { parameters } = context
    const planWith = (weights: readonly number[]): Plan => planOf(scenario, parameters, weights)
    const weights = classWeights(scenario)
    if (!hasTargets(scenario)) return planWith(weights)
    return reweightedPlan(scenario, context, weights, planWith)
  },
}

/** @param weights by worker, on top of the weights that the parameters give */
function planOf(
  scenario: Scenario,
  parameters: PolicyParameters,
  weights: readonly number[],
): Plan {
  const { switchBudget, slowdown, poolStreams, fairness, optimalityGap } = parameters
  const streams = streamPool(scenario.device, scenario.workers.length, poolStreams)
  const { pool, indices } = pooledStreams(streams)
  const solution = solve(scenario, streams, parameters, weights)
  const levels = priorityLevels(scenario, { kind: 'none' })
  const groups = solution.points.map((point, w) =>
    groupKernels(
      Array.from(point.streams, (stream, k) => ({
        partition: indices[w][stream],
        priority: levels[w][k],
      })),
    ),
  )
  return buildPlan(scenario, {
    mechanism: 'pooled',
    pool,
    groups,
    evidence: {
      policy: 'eclip',
      parameters: {
        switchBudget,
        slowdown,
        poolStreams,
        fairness,
        ...(optimalityGap > 0 && { optimalityGap }),
        ...(weights.some((weight) => weight !== 1) && { weights }),
      },
      solver: evidenceOf(solution),
    },
  })
}

function solve(
  { device, workers }: Scenario,
  streams: readonly WorkerStreams[],
  { switchBudget, slowdown, fairness, optimalityGap }: PolicyParameters,
  weights: readonly number[],
): Solution {
  const tables = workers.map(({ profile }, w) =>
    costTable(
      profile,
      streams[w].map((stream) => cusOf(device, stream.granules)),
    ),
  )
  const ofFairness = workers.map(({ profile }, w) =>
    fairness === 'equal' ? weights[w] : weights[w] / requestUs(profile, totalCus(device)),
  )
  const minimise = slowdown === 'all-workers' ? minimiseProduct : minimiseMultilinear
  const solveAt = (budget: number): Solution =>
    minimise(
      tables.map((table) => new Front(table, budget)),
      ofFairness,
      totalCus(device),
    )
  return fewestSwitches(solveAt, switchBudget, optimalityGap)
}

function evidenceOf(solution: Solution): SolverEvidence {
  const { objective, bound, method } = solution
  const gap = Math.max(0, (objective - bound) / objective)
  const status = gap <= PROVEN_GAP ? 'optimal' : 'feasible'
  return { method, status, objective, bound, gap }
}
