import { parentPort, workerData } from 'node:worker_threads'
import { InputError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import { type EvaluationOptions, evaluatePlan } from './evaluator.js'

/** What a thread is started with. */
export interface ThreadData {
  readonly scenario: Scenario
  readonly soloRates: readonly number[]
}

/** What a thread is asked. */
export interface ThreadQuestion {
  readonly plan: Plan
  readonly options: EvaluationOptions
}

/** A thread's answer to a plan. Errors lose their class on the way, so bad input is told apart. */
export type ThreadAnswer =
  | { readonly kind: 'metrics'; readonly metrics: Metrics }
  | { readonly kind: 'input-error'; readonly problem: InputError['problem'] }
  | { readonly kind: 'error'; readonly error: Error }

function answer({ plan, options }: ThreadQuestion): ThreadAnswer {
  const { scenario, soloRates }: ThreadData = workerData
  try {
    return { kind: 'metrics', metrics: evaluatePlan(scenario, plan, soloRates, options) }
  } catch (error) {
    if (error instanceof InputError) return { kind: 'input-error', problem: error.problem }
    return { kind: 'error', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

parentPort?.on('message', (question: ThreadQuestion) => {
  parentPort?.postMessage(answer(question))
})
