import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { InputError, WorkError } from '../errors.js'
import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import {
  DEFAULT_OPTIONS,
  type EvaluationOptions,
  type Evaluator,
  evaluateBy,
  type Run,
} from './evaluator.js'
import { soloRates } from './solo.js'
import type { ThreadAnswer, ThreadData } from './thread.js'

/** A batch of plans is too small to be shared among more threads, and each takes some 60 MB. */
const MOST_THREADS = 4

/**
 * An evaluator that spreads plans over worker threads. Results do not depend on their number:
 * each plan is simulated by itself, and answers are put back in the order of the plans.
 * Threads start with the first batch and are gone after `close`.
 * @throws WorkError if a thread dies; InputError if a plan does not fit the scenario
 */
export function createEvaluatorPool(
  scenario: Scenario,
  given: Partial<EvaluationOptions> = {},
  threads: number = Math.min(MOST_THREADS, availableParallelism()),
): Evaluator {
  const solo = soloRates(scenario)
  const data: ThreadData = { scenario, soloRates: solo }
  let pool: Worker[] = []
  const start = (count: number): void => {
    while (pool.length < count) {
      pool.push(new Worker(new URL('./thread.js', import.meta.url), { workerData: data }))
    }
  }
  const close = async (): Promise<void> => {
    const ending = pool
    pool = []
    await Promise.all(ending.map((worker) => worker.terminate()))
  }
  const simulateRuns: Evaluator['simulate'] = async (runs) => {
    const results: Metrics[] = new Array(runs.length)
    let next = 0
    start(Math.min(threads, runs.length))
    const drain = async (worker: Worker): Promise<void> => {
      while (next < runs.length) {
        const i = next++
        results[i] = await ask(worker, runs[i])
      }
    }
    try {
      await Promise.all(pool.map(drain))
    } catch (error) {
      await close()
      throw error
    }
    return results
  }
  const full = { ...DEFAULT_OPTIONS, ...given }
  return {
    soloRates: solo,
    simulate: simulateRuns,
    evaluate: evaluateBy(simulateRuns, scenario, solo, full),
    close,
  }
}

/** One run's metrics from one thread. */
function ask(worker: Worker, run: Run): Promise<Metrics> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      act()
    }
    const onMessage = (answer: ThreadAnswer): void =>
      settle(() => {
        if (answer.kind === 'metrics') resolve(answer.metrics)
        else if (answer.kind === 'input-error') reject(new InputError(answer.problem))
        else reject(answer.error)
      })
    const onError = (error: Error): void =>
      settle(() => reject(new WorkError(`a simulation thread failed: ${error.message}`)))
    const onExit = (): void =>
      settle(() => reject(new WorkError('a simulation thread ended before its answer')))
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    worker.postMessage(run)
  })
}
