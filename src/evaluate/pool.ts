import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import { type EvaluationOptions, type Evaluator, evaluatorBy, type Run } from './evaluator.js'
import { soloRates } from './solo.js'
import { openTaskThreads } from './task-threads.js'
import type { ThreadData } from './thread.js'

/**
 * An evaluator that spreads plans over worker threads. Results do not depend on their number:
 * each plan is simulated by itself, and answers are put back in the order of the plans.
 * Threads start with the first batch and are gone after `close`.
 * @throws WorkError if a thread dies; InputError if a plan does not fit the scenario
 */
export function createEvaluatorPool(
  scenario: Scenario,
  given: Partial<EvaluationOptions> = {},
  threads?: number,
): Evaluator {
  const solo = soloRates(scenario)
  const data: ThreadData = { scenario, soloRates: solo }
  const module = new URL('./thread.js', import.meta.url)
  const { run, close } = openTaskThreads<Run, Metrics>(module, data, threads)
  return evaluatorBy({ simulate: run, close }, scenario, solo, given)
}
