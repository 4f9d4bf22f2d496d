import type { Plan } from '../plan/plan.js'
import type { Effort } from '../policy/policy.js'
import { type Metrics, metricsOf } from '../simulate/metrics.js'
import type { SimulationOptions } from '../simulate/result.js'
import { simulate } from '../simulate/simulate.js'
import type { Scenario } from '../workload/scenario.js'
import { DEFAULT_WINDOW, screenWindow } from './simulation-windows.js'
import { soloRates } from './solo.js'

/** How plans are simulated: everything but the callback, so that it can cross a thread. */
export type EvaluationOptions = Omit<SimulationOptions, 'onKernel'>

/** Simulates plans of one scenario. `close` must be called, also after an error. */
export interface Evaluator {
  /** Each worker's requests per second alone on the whole device. */
  readonly soloRates: readonly number[]
  /** Metrics of the plans, in their order. */
  evaluate(plans: readonly Plan[], effort?: Effort): Promise<readonly Metrics[]>
  close(): Promise<void>
}

/** How plans are simulated where nothing else is asked for. */
export const DEFAULT_OPTIONS: EvaluationOptions = { seed: 1, mode: 'exact', ...DEFAULT_WINDOW }

/**
 * The options of a run of the given effort.
 * @param rates each worker's requests per second alone
 */
export function optionsFor(
  effort: Effort,
  scenario: Scenario,
  rates: readonly number[],
  options: EvaluationOptions,
): EvaluationOptions {
  if (effort === 'full') return options
  const isClosed = scenario.workers.every(({ load }) => load.kind === 'closed')
  return { ...options, ...screenWindow(rates, isClosed ? 'closed' : 'random', options) }
}

/** Simulates one plan and relates it to the solo rates. */
export function evaluatePlan(
  scenario: Scenario,
  plan: Plan,
  solo: readonly number[],
  options: EvaluationOptions,
): Metrics {
  return metricsOf(simulate(scenario, plan, options), solo)
}

/** An evaluator in this thread. */
export function createEvaluator(
  scenario: Scenario,
  given: Partial<EvaluationOptions> = {},
): Evaluator {
  const all = { ...DEFAULT_OPTIONS, ...given }
  const solo = soloRates(scenario)
  return {
    soloRates: solo,
    evaluate: async (plans, effort = 'full') => {
      const options = optionsFor(effort, scenario, solo, all)
      return plans.map((plan) => evaluatePlan(scenario, plan, solo, options))
    },
    close: async () => {},
  }
}
