import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restartDelayMs, soonEnds, wantsRestart } from './restart.js'

test('a policy says after which ends a program is started again', () => {
  assert.deepEqual(
    [0, 1, 143].map((code) => wantsRestart('never', code)),
    [false, false, false],
  )
  assert.deepEqual(
    [0, 1, 143].map((code) => wantsRestart('on-failure', code)),
    [false, true, true],
  )
  assert.deepEqual(
    [0, 1].map((code) => wantsRestart('always', code)),
    [true, true],
  )
})

test('every end that comes soon doubles the delay, up to a minute', () => {
  assert.deepEqual(
    [1, 2, 3, 6, 7, 1000].map(restartDelayMs),
    [1000, 2000, 4000, 32_000, 60_000, 60_000],
  )
  assert.equal(soonEnds(0, 5), 1)
  assert.equal(soonEnds(3, 59_999), 4)
  assert.equal(soonEnds(9, 60_000), 1)
})
