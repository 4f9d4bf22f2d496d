import { cusOf, offeredCus } from '../device/device.js'
import { buildPlan, groupKernels } from '../plan/build.js'
import { rightSize } from '../profile/right-size.js'
import type { Policy } from './policy.js'
import { toleranceOf } from './right-sized.js'
import { pooledStreams, streamPool } from './stream-pool.js'

/**
 * Runs each kernel on the pooled stream nearest to its right-size and switches whenever that changes:
 * ECLIP's pool without its switch budget.
 */
export const kernelWisePrealloc: Policy = {
  name: 'kernel-wise-prealloc',
  summary: 'per-kernel right-size on the nearest pooled stream, no switch budget',
  source: 'ECLIP (arXiv 2506.12598) section 5, KW-Prealloc',
  plan: async (scenario, { parameters }) => {
    const { device, workers } = scenario
    const offered = offeredCus(device)
    const tolerance = toleranceOf(parameters)
    const streams = streamPool(device, workers.length, parameters.poolStreams)
    const { pool, indices } = pooledStreams(streams)
    const groups = workers.map(({ profile }, w) => {
      const cus = streams[w].map((stream) => cusOf(device, stream.granules))
      return groupKernels(
        profile.kernels.map((kernel) => {
          const stream = nearest(cus, rightSize(kernel, offered, tolerance))
          return { partition: indices[w][stream], priority: 0 }
        }),
      )
    })
    const { poolStreams } = parameters
    return buildPlan(scenario, {
      mechanism: 'pooled',
      pool,
      groups,
      evidence: {
        policy: 'kernel-wise-prealloc',
        parameters: { tolerance: parameters.tolerance, poolStreams },
      },
    })
  },
}

/** Index of the value nearest to the wanted one; the larger of two equally near ones. */
function nearest(ascending: readonly number[], wanted: number): number {
  return ascending.reduce(
    (best, value, i) => (Math.abs(value - wanted) <= Math.abs(ascending[best] - wanted) ? i : best),
    0,
  )
}
