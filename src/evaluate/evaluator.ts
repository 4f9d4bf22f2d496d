import type { Plan } from '../plan/plan.js'
import type { Effort } from '../policy/policy.js'
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
  evaluate(plans: readonly Plan[], effort?: Effort): Promise<readonly Metrics[]>
  close(): Promise<void>
}

/** Warm-up and window of a screening run, in requests of the slowest worker alone. On mixes of
 *  four, rates then lie within 0.4 % (standard deviation) of those of a run 40 times as long. */
const SCREEN_REQUESTS = { warmup: 0.75, window: 2.5 } as const
/** Beside more workers than this a request takes so much longer that windows grow with their number. */
const SCREEN_WORKERS = 4
/** Closed loops start within the first millisecond: no screening run measures that. */
const START_US = 1000
/** Mixes of very short requests still need some of them. */
const LEAST_WINDOW_US = 3000
/** Random arrivals need a longer window than closed loops, which repeat themselves. */
const RANDOM_LOAD_REQUESTS = 40

/** The options of a run of the given effort. */
export function optionsFor(
  effort: Effort,
  scenario: Scenario,
  soloRates: readonly number[],
  options: EvaluationOptions,
): EvaluationOptions {
  if (effort === 'full') return options
  const slowestUs = (Math.max(1, soloRates.length / SCREEN_WORKERS) * 1e6) / Math.min(...soloRates)
  const isClosed = scenario.workers.every(({ load }) => load.kind === 'closed')
  const requests = isClosed ? SCREEN_REQUESTS.window : RANDOM_LOAD_REQUESTS
  return {
    ...options,
    warmupUs: Math.min(options.warmupUs, START_US + SCREEN_REQUESTS.warmup * slowestUs),
    durationUs: Math.min(options.durationUs, Math.max(LEAST_WINDOW_US, requests * slowestUs)),
  }
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
