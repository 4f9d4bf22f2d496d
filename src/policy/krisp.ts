import type { Policy } from './policy.js'
import { rightSizedPlan } from './right-sized.js'

/**
 * Each kernel on its right-size, placed by the command processor when it is dispatched, at about
 * 1 us: KRISP's proposed hardware, with its conserved allocation (fewest clusters, least loaded).
 */
export const krisp: Policy = {
  name: 'krisp',
  summary: 'per-kernel right-size placed at dispatch by proposed hardware',
  source: 'KRISP (HPCA 2023) section 4',
  plan: async (scenario, { parameters }) =>
    rightSizedPlan(scenario, parameters, 'krisp', 'hardware'),
}
