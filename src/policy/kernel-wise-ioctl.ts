import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import { rightSize } from '../profile/right-size.js'
import { offeredCus, toleranceOf } from './offered.js'
import type { Policy } from './policy.js'

/**
 * Each kernel on its right-size, by re-masking the worker's live queue before every kernel: what
 * KRISP's proposal costs without its hardware. The mask is chosen as KRISP would, when the kernel
 * is dispatched; every kernel pays the call, also where its size does not change, as in ECLIP's
 * Table I.
 */
export const kernelWiseIoctl: Policy = {
  name: 'kernel-wise-ioctl',
  summary: 'per-kernel right-size, re-masking the queue before every kernel',
  source: 'ECLIP (arXiv 2506.12598) section 5, KW-IOCTL',
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
      mechanism: 'mask-call',
      pool: pool.entries,
      groups,
      evidence: {
        policy: 'kernel-wise-ioctl',
        parameters: { tolerance: parameters.tolerance },
      },
    })
  },
}
