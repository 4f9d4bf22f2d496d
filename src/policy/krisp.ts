import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import { rightSize } from '../profile/right-size.js'
import { offeredCus, toleranceOf } from './offered.js'
import type { Policy } from './policy.js'

/**
 * Each kernel on its right-size, placed by the command processor when it is dispatched, at about
 * 1 us: KRISP's proposed hardware, with its conserved allocation (fewest clusters, least loaded).
 */
export const krisp: Policy = {
  name: 'krisp',
  summary: 'per-kernel right-size placed at dispatch by proposed hardware',
  source: 'KRISP (HPCA 2023) section 4',
  plan: async (scenario, { parameters }) => {
    const offered = offeredCus(scenario.device)
    const tolerance = toleranceOf(parameters)
    const pool = new PoolBuilder()
    const groups = scenario.workers.map(({ profile }) =>
      groupKernels(
        profile.kernels.map((kernel) => ({
          partition: pool.placed(rightSize(kernel, offered, tolerance)),
          priority: 0,
        })),
      ),
    )
    return buildPlan(scenario, {
      mechanism: 'hardware',
      pool: pool.entries,
      groups,
      evidence: { policy: 'krisp', parameters: { tolerance: parameters.tolerance } },
    })
  },
}
