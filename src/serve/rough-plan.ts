import { totalCus } from '../device/device.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { requestUs } from '../profile/duration.js'
import { type Choice, planOf, shareOf } from '../size/candidates.js'
import type { Demand } from '../workload/demand.js'

const INSTANCES = 2
/** Each instance's share of the device. */
const SHARE = 0.4

/**
 * A plan that takes no time to make: every model alike, two instances on two fifths of the device.
 * Launches are expected to slow each other down as soon as their shares add up to more than all of it.
 * `size` searches for a better one.
 */
export function roughPlan(demand: Demand): ServingPlan {
  const { device, models } = demand
  const share = shareOf(demand, SHARE)
  const choice: Choice = {
    mechanism: 'mps',
    models: models.map(({ mostInstances, profiles }) => ({
      instances: Math.min(INSTANCES, mostInstances),
      share,
      largestBatch: profiles.length - 1,
      maxDelayMs: 0,
    })),
    concurrency: INSTANCES * models.length,
  }
  const plan = planOf(demand, choice, (model, batch) => {
    const profile = models[model].profiles.find((one) => one.batch === batch)!
    const aloneMs = (requestUs(profile, share) + device.costs.hostTurnaroundUs) / 1000
    return Array.from({ length: choice.concurrency }, (_, others) => {
      const crowding = ((others + 1) * share) / totalCus(device)
      return aloneMs * Math.max(1, crowding)
    })
  })
  return { ...plan, evidence: { policy: 'rough', parameters: { share: SHARE } } }
}
