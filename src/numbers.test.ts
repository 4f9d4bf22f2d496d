import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leastKnown } from './numbers.js'

test('the least of some values is that of those that are numbers', () => {
  assert.equal(leastKnown([3, Number.NaN, -1]), -1)
  assert.equal(leastKnown([Number.POSITIVE_INFINITY]), Number.POSITIVE_INFINITY)
  assert.ok(Number.isNaN(leastKnown([Number.NaN])))
  assert.ok(Number.isNaN(leastKnown([])))
})
