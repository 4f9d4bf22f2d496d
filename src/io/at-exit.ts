const tasks = new Set<() => void>()

/**
 * Runs a task when this process exits, whatever ends it except SIGKILL. Returns a function that
 * cancels the task.
 */
export function atExit(task: () => void): () => void {
  if (tasks.size === 0) process.on('exit', runAll)
  tasks.add(task)
  return () => {
    tasks.delete(task)
    if (tasks.size === 0) process.removeListener('exit', runAll)
  }
}

/** All tasks share one listener, because many listeners would look like a leak. */
function runAll(): void {
  for (const task of tasks) task()
}
