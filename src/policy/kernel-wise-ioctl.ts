import type { Policy } from './policy.js'
import { rightSizedPlan } from './right-sized.js'

/**
 * Gives each kernel its right-size by re-masking the worker's live queue before every kernel, which is
 * what KRISP's proposal costs without its hardware. As in KRISP, the mask is chosen when the kernel is
 * dispatched. Every kernel pays for the call even if its size does not change, as in ECLIP's Table I.
 */
export const kernelWiseIoctl: Policy = {
  name: 'kernel-wise-ioctl',
  summary: 'per-kernel right-size, re-masking the queue before every kernel',
  source: 'ECLIP (arXiv 2506.12598) section 5, KW-IOCTL',
  plan: async (scenario, { parameters }) =>
    rightSizedPlan(scenario, parameters, {
      policy: 'kernel-wise-ioctl',
      mechanism: 'mask-call',
    }),
}
