import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServedCounts } from './served-counts.js'

test('a model without requests attains no share of them, and misses none', () => {
  const counts = new ServedCounts()
  assert.ok(Number.isNaN(counts.attainment))
  assert.ok(counts.attains(0.99))
})

test('requests in time are counted against those offered', () => {
  const counts = new ServedCounts()
  counts.offered = 4
  counts.answer(10, true)
  counts.answer(10, true)
  counts.answer(90, false)
  counts.dropped = 1
  assert.equal(counts.attainment, 0.5)
  assert.ok(counts.attains(0.5))
  assert.ok(!counts.attains(0.51))
  assert.equal(counts.missed, 2)
  assert.deepEqual([counts.latencyUs.count, counts.latencyUs.max], [3, 90])
})
