import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import { evaluateRun, type Run } from './evaluator.js'
import { answerTasks } from './task-thread.js'

/** Data with which a thread is started. */
export interface ThreadData {
  readonly scenario: Scenario
  readonly soloRates: readonly number[]
}

answerTasks<ThreadData, Run, Metrics>(({ scenario, soloRates }) => {
  return (run) => evaluateRun(scenario, run, soloRates)
})
