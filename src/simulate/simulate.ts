import { checkPlan } from '../plan/check.js'
import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { Engine } from './engine/engine.js'
import { checkLength } from './expected-events.js'
import type { SimulationOptions, SimulationResult, SimulationWindow } from './result.js'

/**
 * Runs a plan on a model of its device: thread blocks on granules, by discrete events. The same
 * scenario, plan and options give the same result, bit for bit.
 * @param options the window, and the seed (1 by default) and mode (exact by default)
 * @throws InputError if the plan does not fit the scenario, or the window is too long for its
 * kernels
 */
export function simulate(
  scenario: Scenario,
  plan: Plan,
  options: SimulationWindow & Partial<SimulationOptions>,
): SimulationResult {
  checkPlan(plan, scenario, 'plan')
  checkLength(scenario, options)
  return new Engine(scenario, plan, { seed: 1, mode: 'exact', ...options }).run()
}
