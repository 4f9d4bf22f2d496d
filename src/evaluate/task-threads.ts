import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { InputError, WorkError } from '../errors.js'
import type { TaskAnswer } from './task-thread.js'

/** The tasks simulated at once are too small to occupy more threads, and each thread takes some 60 MB. */
const MOST_THREADS = 4

/** Worker threads for tasks of one kind. They start with the first tasks and end with `close`. */
export interface TaskThreads<Task, Result> {
  /**
   * The results of the tasks, in their order, however many threads there are.
   * @throws WorkError if a thread dies; InputError if a task is bad input
   */
  run(tasks: readonly Task[]): Promise<Result[]>
  close(): Promise<void>
}

/**
 * Opens threads.
 * @param module the module that each thread runs; it calls `answerTasks`
 * @param data passed to each thread when it starts
 */
export function openTaskThreads<Task, Result>(
  module: URL,
  data: unknown,
  threads: number = Math.min(MOST_THREADS, availableParallelism()),
): TaskThreads<Task, Result> {
  let pool: Worker[] = []
  const close = async (): Promise<void> => {
    const ending = pool
    pool = []
    await Promise.all(ending.map((worker) => worker.terminate()))
  }
  const run = async (tasks: readonly Task[]): Promise<Result[]> => {
    const results: Result[] = new Array(tasks.length)
    let next = 0
    while (pool.length < Math.min(threads, tasks.length)) {
      pool.push(new Worker(module, { workerData: data }))
    }
    const drain = async (worker: Worker): Promise<void> => {
      while (next < tasks.length) {
        const i = next++
        results[i] = await ask<Task, Result>(worker, tasks[i])
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
  return { run, close }
}

/** One task's result from one thread. */
function ask<Task, Result>(worker: Worker, task: Task): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      act()
    }
    const onMessage = (answer: TaskAnswer<Result>): void =>
      settle(() => {
        if (answer.kind === 'result') resolve(answer.result)
        else if (answer.kind === 'input-error') reject(new InputError(answer.problem))
        else reject(answer.error)
      })
    const onError = (error: Error): void =>
      settle(() => reject(new WorkError(`a thread failed: ${error.message}`)))
    const onExit = (): void =>
      settle(() => reject(new WorkError('a thread ended before its answer')))
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    worker.postMessage(task)
  })
}
