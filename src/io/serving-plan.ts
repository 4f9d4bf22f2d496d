import { checkServingPlan } from '../plan/check-serving.js'
import { type ServingPlan, servingPlanSchema } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import { readFile } from './read.js'

/**
 * The serving plan of a file, for a demand.
 * @throws InputError if it is none, or does not fit the demand
 */
export function readServingPlan(file: string, demand: Demand): ServingPlan {
  const plan = readFile(file, servingPlanSchema)
  checkServingPlan(plan, demand, file)
  return plan
}
