import { cusOf, totalCus } from '../device/device.js'
import { buildPlan, groupKernels } from '../plan/build.js'
import type { SolverEvidence } from '../plan/plan.js'
import { requestUs } from '../profile/duration.js'
import type { Scenario } from '../workload/scenario.js'
import type { Policy, PolicyParameters } from './policy.js'
import { pooledStreams } from './pooled-streams.js'
import { costTable } from './solver/cost-table.js'
import { Front } from './solver/front.js'
import { minimiseMultilinear } from './solver/multilinear.js'
import { minimiseProduct } from './solver/product.js'
import type { Solution } from './solver/solution.js'
import { streamPool, type WorkerStreams } from './stream-pool.js'

/** A gap below this comes only from rounding in the sums of durations. */
const PROVEN_GAP = 1e-9

/**
 * ECLIP's optimizer, solved exactly: it puts each kernel on one stream of its worker's pool, with at
 * most `switchBudget` switches a request, such that the sum over all kernels of beta * (1 + alpha)
 * is the least.
 */
export const eclip: Policy = {
  name: 'eclip',
  summary: 'optimal kernel groups over the stream pool under a switch budget',
  source: 'ECLIP (arXiv 2506.12598) section 4',
  plan: async (scenario, { parameters }) => {
    const { device, workers } = scenario
    const { switchBudget, slowdown, poolStreams, fairness } = parameters
    const streams = streamPool(device, workers.length, poolStreams)
    const { pool, indices } = pooledStreams(streams)
    const solution = solve(scenario, streams, parameters)
    const groups = solution.points.map((point, w) =>
      groupKernels(
        Array.from(point.streams, (stream) => ({ partition: indices[w][stream], priority: 0 })),
      ),
    )
    return buildPlan(scenario, {
      mechanism: 'pooled',
      pool,
      groups,
      evidence: {
        policy: 'eclip',
        parameters: { switchBudget, slowdown, poolStreams, fairness },
        solver: evidenceOf(solution),
      },
    })
  },
}

function solve(
  scenario: Scenario,
  streams: readonly WorkerStreams[],
  parameters: PolicyParameters,
): Solution {
  const { device, workers } = scenario
  const total = totalCus(device)
  const fronts = workers.map(({ profile }, w) => {
    const cus = streams[w].map((stream) => cusOf(device, stream.granules))
    return new Front(costTable(profile, cus), parameters.switchBudget)
  })
  const weights = workers.map(({ profile }) =>
    parameters.fairness === 'equal' ? 1 : 1 / requestUs(profile, total),
  )
  const minimise = parameters.slowdown === 'all-workers' ? minimiseProduct : minimiseMultilinear
  return minimise(fronts, weights, total)
}

function evidenceOf(solution: Solution): SolverEvidence {
  const { objective, bound, method } = solution
  const gap = Math.max(0, (objective - bound) / objective)
  const status = gap <= PROVEN_GAP ? 'optimal' : 'feasible'
  return { method, status, objective, bound, gap }
}
