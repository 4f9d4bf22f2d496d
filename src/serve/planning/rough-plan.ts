import { servingShareCus } from '../../device/share.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { type Choice, planOf } from '../../size/candidates.js'
import type { Demand } from '../../workload/demand.js'
import { factsOf, withRoughTimes } from './model-facts.js'

const INSTANCES = 2
/** The share of the device that each instance has, in percent. */
const SHARE_PERCENT = 40
/** Stands in for the times of the launches until they are estimated. */
const UNKNOWN_MS = [1]

/**
 * A plan that takes no time to make. Every model is treated alike and has two instances, each on two fifths of the
 * device. `size` searches for a better plan.
 */
export function roughPlan(demand: Demand): ServingPlan {
  const choice: Choice = {
    mechanism: 'mps',
    models: demand.models.map(({ mostInstances, profiles }) => ({
      instances: Math.min(INSTANCES, mostInstances),
      share: servingShareCus(demand.device, SHARE_PERCENT),
      largestBatch: profiles.length - 1,
      maxDelayMs: 0,
      headStart: 0,
    })),
    concurrency: INSTANCES * demand.models.length,
  }
  const plan = planOf(demand, choice, () => UNKNOWN_MS)
  const evidence = { policy: 'rough', parameters: { sharePercent: SHARE_PERCENT } }
  return withRoughTimes({ ...plan, evidence }, factsOf(demand, plan), demand.device)
}
