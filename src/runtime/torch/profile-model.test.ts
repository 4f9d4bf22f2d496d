import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sum } from '../../numbers.js'
import { replayUs } from './profile-model.js'

test('a chain takes as long as its kernels together', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 })), (durationsUs) => {
      const chain = durationsUs.map((_, i) => (i > 0 ? [i - 1] : []))
      assert.equal(replayUs(durationsUs, chain), sum(durationsUs))
    }),
  )
})

test('kernels that wait for the same one run side by side', () => {
  assert.equal(replayUs([5, 10, 20, 3], [[], [0], [0], [1, 2]]), 28)
})

test('gaps lengthen a request where kernels wait for them, overlaps do not shorten it', () => {
  assert.equal(replayUs([5, 10, 20, 3], [[], [0], [0], [1, 2]], [0, 1, -9, 2]), 30)
})
