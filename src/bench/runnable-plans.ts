/**
 * Decides what runs on a GPU for a plan: the plan itself, and for a plan of mask calls also what it is
 * compared with.
 */
import { wholeDevice } from '../device/device.js'
import { pooledPartitions } from '../plan/executable.js'
import type { Plan } from '../plan/plan.js'
import { wholeRequest } from '../policy/whole-request.js'
import type { Scenario } from '../workload/scenario.js'
import { withFixedPlaces } from './fixed-places.js'
import type { PlannedPolicy } from './policies.js'

/** A plan as it runs, and the plan by which the simulator predicts it; absent if the simulator cannot. */
export interface RunnablePlan extends Omit<PlannedPolicy, 'predictedSpeedup'> {
  readonly simulated?: Plan
}

/**
 * A pooled plan runs as it is, and a plan of shares runs with a process for each worker. No driver can
 * re-mask a graph in flight, so a plan of mask calls is launched kernel by kernel, each in a mask made just
 * before it. The same launches with masks made in advance, and without masks, run for comparison: the time
 * these take is not due to mask calls.
 *
 * @throws InputError if no GPU can run the plan
 */
export function runnablePlans(scenario: Scenario, plan: Plan): RunnablePlan[] {
  const name = plan.evidence.policy
  if (plan.mechanism !== 'mask-call') {
    if (plan.mechanism !== 'mps') pooledPartitions(plan)
    return [{ name, plan, simulated: plan }]
  }
  const placed = withFixedPlaces(scenario, plan)
  const granules = wholeDevice(scenario.device)
  const whole = wholeRequest(scenario, name, {}, () => ({ partition: granules, owner: null }))
  return [
    { name, plan: placed, mode: 'remask', simulated: plan },
    { name: `${name}, masks made ahead`, plan: placed, mode: 'launches' },
    { name: `${name}, no masks`, plan: whole, mode: 'launches' },
  ]
}
