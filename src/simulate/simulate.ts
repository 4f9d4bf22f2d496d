import { checkPlan } from '../plan/check.js'
import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { Engine } from './engine/engine.js'
import type { SimulationOptions, SimulationResult } from './result.js'

/** Warm-up and window that settle a mix of the shipped profiles. */
export const DEFAULT_OPTIONS: SimulationOptions = {
  seed: 1,
  warmupUs: 50_000,
  durationUs: 500_000,
  mode: 'exact',
}

/**
 * Runs a plan on a model of its device: thread blocks on granules, in discrete events. The same
 * scenario, plan and options give the same result, bit for bit.
 * @throws InputError if the plan does not fit the scenario
 */
export function simulate(
  scenario: Scenario,
  plan: Plan,
  options: Partial<SimulationOptions> = {},
): SimulationResult {
  checkPlan(plan, scenario, 'plan')
  return new Engine(scenario, plan, { ...DEFAULT_OPTIONS, ...options }).run()
}
