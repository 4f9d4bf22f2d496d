import type { Policy } from './policy.js'
import { rightSizedPlan } from './right-sized.js'

/**
 * Gives each kernel its right-size, placed when it is dispatched by the command processor, which takes
 * about 1 µs: the hardware that KRISP proposes, with its conserved allocation of the fewest and least
 * loaded clusters.
 */
export const krisp: Policy = {
  name: 'krisp',
  summary: 'per-kernel right-size placed at dispatch by proposed hardware',
  source: 'KRISP (HPCA 2023) section 4',
  plan: async (scenario, { parameters }) =>
    rightSizedPlan(scenario, parameters, 'krisp', 'hardware'),
}
