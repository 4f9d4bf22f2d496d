import type { Policy } from './policy.js'
import { rightSizedPlan } from './right-sized.js'

/**
 * KRISP without overlap: each kernel gets its right-size, but only on compute units that no other
 * kernel has. What a kernel gets when fewer are free is not published; here it gets those that are
 * free.
 */
export const krispI: Policy = {
  name: 'krisp-i',
  summary: 'per-kernel right-size on units of no other kernel, by proposed hardware',
  source: 'KRISP (HPCA 2023), KRISP-I',
  compared: 'on-request',
  plan: async (scenario, { parameters }) =>
    rightSizedPlan(scenario, parameters, {
      policy: 'krisp-i',
      mechanism: 'hardware',
      overlap: 'none',
    }),
}
