import type { Plan } from '../plan/plan.js'
import { type Metrics, metricsOf } from '../simulate/metrics.js'
import type { SimulationOptions } from '../simulate/result.js'
import { DEFAULT_OPTIONS, simulate } from '../simulate/simulate.js'
import { soloRates } from '../simulate/solo.js'
import type { Scenario } from '../workload/scenario.js'

/** How plans are simulated: everything but the callback, so that it can cross a thread. */
export type EvaluationOptions = Omit<SimulationOptions, 'onKernel'>

/** Simulates plans of one scenario. `close` must be called, also after an error. */
export interface Evaluator {
  /** Each worker's requests per second alone on the whole device. */
  readonly soloRates: readonly number[]
  /** Metrics of the plans, in their order. */
  evaluate(plans: readonly Plan[]): Promise<readonly Metrics[]>
  close(): Promise<void>
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
  options: Partial<EvaluationOptions> = {},
): Evaluator {
  const all = { ...DEFAULT_OPTIONS, ...options }
  const solo = soloRates(scenario)
  return {
    soloRates: solo,
    evaluate: async (plans) => plans.map((plan) => evaluatePlan(scenario, plan, solo, all)),
    close: async () => {},
  }
}
