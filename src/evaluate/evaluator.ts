import type { Plan } from '../plan/plan.js'
import type { Effort } from '../policy/policy.js'
import { type Metrics, metricsOf } from '../simulate/metrics.js'
import type { SimulationOptions } from '../simulate/result.js'
import { simulate } from '../simulate/simulate.js'
import { withLoad } from '../workload/load.js'
import type { Scenario } from '../workload/scenario.js'
import { DEFAULT_WINDOW, screenWindow } from './simulation-windows.js'
import { soloRates } from './solo.js'

/** How plans are simulated: all options except callbacks, so that they can be sent to a thread. */
export type EvaluationOptions = Omit<
  SimulationOptions,
  'onKernel' | 'onArrival' | 'onSample' | 'sampleUs'
>

/** One run of a plan. */
export interface Run {
  readonly plan: Plan
  readonly options: EvaluationOptions
  /** Factor on the rates of open loads. */
  readonly load: number
}

/** Simulates plans of one scenario. `close` must be called even after an error. */
export interface Evaluator {
  /** Each worker's requests per second alone on the whole device. */
  readonly soloRates: readonly number[]
  /** Metrics of the runs, in their order. */
  simulate(runs: readonly Run[]): Promise<readonly Metrics[]>
  /** Metrics of the plans, in their order, under `load` times the scenario's open loads. */
  evaluate(plans: readonly Plan[], effort?: Effort, load?: number): Promise<readonly Metrics[]>
  close(): Promise<void>
}

/** How plans are simulated unless something else is asked for. */
export const DEFAULT_OPTIONS: EvaluationOptions = { seed: 1, mode: 'exact', ...DEFAULT_WINDOW }

/**
 * An evaluator by whoever simulates its runs.
 * @param soloRates each worker's requests per second alone
 * @param given options that differ from the defaults
 */
export function evaluatorBy(
  { simulate: run, close }: Pick<Evaluator, 'simulate' | 'close'>,
  scenario: Scenario,
  soloRates: readonly number[],
  given: Partial<EvaluationOptions>,
): Evaluator {
  const full = { ...DEFAULT_OPTIONS, ...given }
  const screen = { ...full, ...screenWindow(scenario, soloRates, full) }
  return {
    soloRates,
    simulate: run,
    evaluate: (plans, effort = 'full', load = 1) => {
      const options = effort === 'full' ? full : screen
      return run(plans.map((plan) => ({ plan, options, load })))
    },
    close,
  }
}

/** Simulates one run and relates its metrics to the solo rates. */
export function evaluateRun(
  scenario: Scenario,
  { plan, options, load }: Run,
  soloRates: readonly number[],
): Metrics {
  return metricsOf(simulate(withLoad(scenario, load), plan, options), soloRates)
}

/** An evaluator in this thread. */
export function createEvaluator(
  scenario: Scenario,
  given: Partial<EvaluationOptions> = {},
): Evaluator {
  const solo = soloRates(scenario)
  const thisThread: Pick<Evaluator, 'simulate' | 'close'> = {
    simulate: async (runs) => runs.map((run) => evaluateRun(scenario, run, solo)),
    close: async () => {},
  }
  return evaluatorBy(thisThread, scenario, solo, given)
}
