import { checkServingPlan } from '../plan/check-serving.js'
import { type ServingPlan, servingPlanSchema } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import { readFile } from './read.js'

/**
 * Reads a serving plan for a demand from a file.
 * @throws InputError if the file is not a serving plan, or does not fit the demand
 */
export function readServingPlan(file: string, demand: Demand): ServingPlan {
  const plan = readFile(file, servingPlanSchema)
  checkServingPlan(plan, demand, file)
  return plan
}
