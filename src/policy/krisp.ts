import type { Policy } from './policy.js'
import { rightSizedPlan } from './right-sized.js'

/**
 * Gives each kernel its right-size when it is dispatched. This imitates the hardware that KRISP
 * proposes, in which the command processor places kernels in about 1 µs, with its conserved allocation
 * of the fewest and least loaded clusters.
 */
export const krisp: Policy = {
  name: 'krisp',
  summary: 'per-kernel right-size placed at dispatch by proposed hardware',
  source: 'KRISP (HPCA 2023) section 4',
  plan: async (scenario, { parameters }) =>
    rightSizedPlan(scenario, parameters, { policy: 'krisp', mechanism: 'hardware' }),
}
