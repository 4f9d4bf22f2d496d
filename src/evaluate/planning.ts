import { z } from 'zod'
import { checkScenario } from '../plan/check.js'
import { type PolicyContext, type PolicyParameters, parametersSchema } from '../policy/policy.js'
import { callback, checked } from '../schema-problem.js'
import { SIMULATION_MODES, type SimulationOptions } from '../simulate/result.js'
import type { Scenario } from '../workload/scenario.js'
import type { Evaluator } from './evaluator.js'
import { createEvaluatorPool } from './pool.js'
import { searchWindow } from './simulation-windows.js'

/** What policies need to plan a scenario, along with the threads that simulate. `close` ends the threads. */
export interface Planning {
  readonly context: PolicyContext
  readonly evaluator: Evaluator
  close(): Promise<void>
}

/** How a scenario is planned. */
export interface PlanningOptions {
  /** Parameters that differ from the defaults. */
  readonly parameters?: Partial<PolicyParameters> | undefined
  /** How searches simulate. If absent, `exact`. */
  readonly mode?: SimulationOptions['mode'] | undefined
  /** Called from time to time with the progress of a search. */
  readonly onSearch?: PolicyContext['onSearch'] | undefined
}

const optionsSchema = z.strictObject({
  parameters: parametersSchema.prefault({}),
  mode: z.enum(SIMULATION_MODES).default('exact'),
  onSearch: callback,
})

/**
 * Starts the threads in which policies and judgements of one scenario are simulated.
 * @throws InputError for an option that is unknown or wrong
 */
export function openPlanning(scenario: Scenario, options: PlanningOptions = {}): Planning {
  checkScenario(scenario)
  const { parameters, mode } = checked(options, optionsSchema, 'options')
  const { onSearch } = options
  const window = searchWindow(scenario)
  const evaluator = createEvaluatorPool(scenario, { ...window, mode, seed: parameters.seed })
  return {
    context: {
      parameters,
      evaluate: evaluator.evaluate,
      ...(onSearch && { onSearch }),
    },
    evaluator,
    close: () => evaluator.close(),
  }
}
