import { z } from 'zod'
import { checkPlan, checkScenario } from '../plan/check.js'
import type { Plan } from '../plan/plan.js'
import { us } from '../quantities.js'
import { callback, checked } from '../schema-problem.js'
import type { Scenario } from '../workload/scenario.js'
import { Engine } from './engine/engine.js'
import { checkLength } from './expected-events.js'
import {
  SIMULATION_MODES,
  type SimulationOptions,
  type SimulationResult,
  type SimulationWindow,
} from './result.js'

const optionsSchema = z.strictObject({
  warmupUs: us,
  durationUs: us.positive(),
  seed: z.int().nonnegative().optional(),
  mode: z.enum(SIMULATION_MODES).optional(),
  memsets: z.enum(['rehomed', 'default-context']).optional(),
  told: z.boolean().optional(),
  onKernel: callback,
  onArrival: callback,
  onSample: callback,
  sampleUs: us.optional(),
})

/**
 * Runs a plan on a model of its device: thread blocks on granules, by discrete events. The same
 * scenario, plan and options give the same result, bit for bit.
 * @param options the window, and the seed (1 by default) and mode (exact by default)
 * @throws InputError if the plan does not fit the scenario, an option is unknown or wrong, or the
 * window is too long for its kernels
 */
export function simulate(
  scenario: Scenario,
  plan: Plan,
  options: SimulationWindow & Partial<SimulationOptions>,
): SimulationResult {
  checkScenario(scenario)
  checkPlan(plan, scenario, 'plan')
  checked(options, optionsSchema, 'options')
  checkLength(scenario, options)
  return new Engine(scenario, plan, { seed: 1, mode: 'exact', ...options }).run()
}
