import { attempted, WorkError } from '../../errors.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Demand } from '../../workload/demand.js'
import type { DeviceKind } from '../backend/devices.js'
import type { Log } from '../log.js'
import { roughPlan } from './rough-plan.js'
import { ThreadedPlanner } from './threaded-planner.js'

/** How many seconds it may take to make a plan, unless a flag says otherwise. */
export const PLAN_SECONDS = 15

/**
 * The plan that a server starts with if none is given: the one that `eclip size` finds in time, or else a rough
 * one. The log says which of them it is, and why.
 * @param mostS seconds that the search may take; with 0, the plan is a rough one at once
 */
export async function firstPlan(
  demand: Demand,
  kind: DeviceKind,
  mostS: number,
  log: Log,
): Promise<ServingPlan> {
  const rough = (reason: string): ServingPlan => {
    log('planned', { policy: 'rough', reason })
    return roughPlan(demand)
  }
  if (kind === 'cpu') return rough('a processor is shared by no plan')
  if (mostS === 0) return rough('--plan-seconds 0')
  log('planning', { mostS })
  const planner = new ThreadedPlanner({ levels: demand.device.priorityLevels, mostS })
  const sized = await attempted(() => planner.size(demand))
  if (sized instanceof WorkError) return rough(sized.message)
  const { plan, goodput } = sized
  const reason = `carries ${goodput.toFixed(2)} times the demand`
  log('planned', { policy: 'size', goodput, reason })
  return plan
}
