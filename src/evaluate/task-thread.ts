import { parentPort, workerData } from 'node:worker_threads'
import { InputError } from '../errors.js'

/** A thread's answer to a task. Errors lose their class on the way, so bad input has its own kind. */
export type TaskAnswer<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'input-error'; readonly problem: InputError['problem'] }
  | { readonly kind: 'error'; readonly error: Error }

/**
 * Answers the tasks that `openTaskThreads` sends to this thread, one after another.
 * @param open gets the data that the thread was started with, and returns the function that does a
 * task
 */
export function answerTasks<Data, Task, Result>(
  open: (data: Data) => (task: Task) => Result,
): void {
  const work = open(workerData)
  const answer = (task: Task): TaskAnswer<Result> => {
    try {
      return { kind: 'result', result: work(task) }
    } catch (error) {
      if (error instanceof InputError) return { kind: 'input-error', problem: error.problem }
      return { kind: 'error', error: error instanceof Error ? error : new Error(String(error)) }
    }
  }
  parentPort?.on('message', (task: Task) => {
    parentPort?.postMessage(answer(task))
  })
}
