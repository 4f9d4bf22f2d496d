import { checkPlan } from '../plan/check.js'
import { checkServingPlan } from '../plan/check-serving.js'
import { type Plan, planSchema } from '../plan/plan.js'
import { type ServingPlan, servingPlanSchema } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import type { Scenario } from '../workload/scenario.js'
import { readFile } from './read.js'

/**
 * Reads a plan for a scenario from a file.
 * @throws InputError if the file is not a plan, or does not fit the scenario
 */
export function readPlan(file: string, scenario: Scenario): Plan {
  const plan = readFile(file, planSchema)
  checkPlan(plan, scenario, file)
  return plan
}

/**
 * Reads a serving plan for a demand from a file.
 * @throws InputError if the file is not a serving plan, or does not fit the demand
 */
export function readServingPlan(file: string, demand: Demand): ServingPlan {
  const plan = readFile(file, servingPlanSchema)
  checkServingPlan(plan, demand, file)
  return plan
}
