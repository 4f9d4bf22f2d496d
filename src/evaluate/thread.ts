import { parentPort, workerData } from 'node:worker_threads'
import { InputError } from '../errors.js'
import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import { evaluateRun, type Run } from './evaluator.js'

/** What a thread is started with. */
export interface ThreadData {
  readonly scenario: Scenario
  readonly soloRates: readonly number[]
}

/**
 * A thread's answer to a run. Errors lose their class between threads, so bad input is marked as
 * such.
 */
export type ThreadAnswer =
  | { readonly kind: 'metrics'; readonly metrics: Metrics }
  | { readonly kind: 'input-error'; readonly problem: InputError['problem'] }
  | { readonly kind: 'error'; readonly error: Error }

function answer(run: Run): ThreadAnswer {
  const { scenario, soloRates }: ThreadData = workerData
  try {
    return { kind: 'metrics', metrics: evaluateRun(scenario, run, soloRates) }
  } catch (error) {
    if (error instanceof InputError) return { kind: 'input-error', problem: error.problem }
    return { kind: 'error', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

parentPort?.on('message', (run: Run) => {
  parentPort?.postMessage(answer(run))
})
