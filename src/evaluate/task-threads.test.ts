import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError, WorkError } from '../errors.js'
import { openTaskThreads } from './task-threads.js'
import type { Task } from './task-threads.test.fixture.js'

const open = (name: string, threads?: number) =>
  openTaskThreads<Task, string>(
    new URL('./task-threads.test.fixture.js', import.meta.url),
    name,
    threads,
  )

test('results come in the order of the tasks, however many threads there are, and again after a pause', async () => {
  const tasks = Array.from({ length: 9 }, (_, i) => i)
  for (const threads of [1, 2, 5, undefined]) {
    const pool = open('x', threads)
    for (const some of [[], tasks.slice(0, 1), tasks]) {
      const expected = some.map((task) => `x ${2 * task}`)
      assert.deepEqual(await pool.run(some), expected)
    }
    await pool.close()
  }
})

test('an error of a task is that of the run, with its class if it is bad input', async () => {
  const pool = open('x', 2)
  const failures: [Task, object][] = [
    ['bad input', new InputError({ file: 'f', path: 'p', expected: 'this', found: 'that' })],
    ['error', { name: 'RangeError', message: 'out of range' }],
    ['text', { name: 'Error', message: 'only text' }],
    ['exit', new WorkError('a thread ended before its answer')],
  ]
  for (const [task, error] of failures) {
    await assert.rejects(pool.run([1, task, 2, 3]), error)
    // The threads have ended, and further tasks get new ones.
    assert.deepEqual(await pool.run([4, 5]), ['x 8', 'x 10'])
  }
  await pool.close()
})

test('a thread that cannot start fails the run', async () => {
  const pool = open('', 1)
  await assert.rejects(pool.run([1]), new WorkError('a thread failed: no name'))
  await pool.close()
})
