import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueKnee } from './queue-load.js'

test('the queue knee is the last load before streams wait for each other', () => {
  const loads = (stretches: number[]) =>
    stretches.map((stretch, i) => ({ streams: i + 1, stretch }))
  assert.equal(queueKnee(loads([1, 1.1, 1.2, 2.1, 1.1])), 3)
  assert.equal(queueKnee(loads([1, 1.1])), 2)
  assert.equal(queueKnee(loads([1.7, 2])), 1)
  assert.equal(queueKnee(loads([1, 1.49, 1.5])), 2)
})
