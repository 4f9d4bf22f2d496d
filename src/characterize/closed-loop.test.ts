import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chain } from '../binding/partitioned-device.js'
import { runClosedLoop } from './closed-loop.js'

/** A chain whose submissions are done once they have been asked this many times. */
function chain(questions: number): Chain {
  return {
    submit: () => {
      let asked = 0
      return { isDone: () => ++asked > questions, release: () => {} }
    },
    close: () => {},
  }
}

test('even the shortest window contains at least one completion', () => {
  const { completed, elapsedUs } = runClosedLoop([chain(1000), chain(3000)], 0)
  assert.deepEqual(completed, [1, 0])
  assert.ok(elapsedUs > 0)
})
