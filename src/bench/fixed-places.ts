/** Gives each mask a fixed place in a plan whose masks are otherwise chosen at dispatch. */
import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import { isPooled, type Plan, type WorkerPlan } from '../plan/plan.js'
import { windowOfCus } from '../policy/mask-windows.js'
import type { Scenario } from '../workload/scenario.js'

/**
 * The pooled plan with the same number of compute units for every kernel, rounded up to whole
 * granules. A driver can make masks of given granules, but cannot choose granules when a kernel is
 * dispatched. All masks of a worker are windows that start at the same granule, and the first
 * granules of the workers are spread evenly over the device.
 */
export function withFixedPlaces(scenario: Scenario, plan: Plan): Plan {
  const { device } = scenario
  const pool = new PoolBuilder()
  const placed = (worker: WorkerPlan, w: number) => {
    const first = Math.floor((w * device.granules.length) / plan.workers.length)
    return worker.groups.flatMap(({ kernels, partition, priority }) => {
      const entry = plan.pool[partition]
      const index = isPooled(entry)
        ? pool.pooled(entry.granules, entry.owner)
        : pool.pooled(windowOfCus(device, first, entry.cus), w)
      return Array.from({ length: kernels }, () => ({ partition: index, priority }))
    })
  }
  const groups = plan.workers.map((worker, w) => groupKernels(placed(worker, w)))
  return buildPlan(scenario, {
    mechanism: 'pooled',
    pool: pool.entries,
    groups,
    evidence: { policy: plan.evidence.policy, parameters: plan.evidence.parameters },
  })
}
