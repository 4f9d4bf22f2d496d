import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LogHistogram } from './histogram.js'

test('every quantile is within 0.2% of the nearest-rank value', () => {
  const values = fc.array(fc.double({ min: 0.01, max: 1e9, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  })
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, q) => {
      const histogram = new LogHistogram()
      for (const value of all) histogram.record(value)
      const sorted = [...all].sort((a, b) => a - b)
      const exact = sorted[Math.max(1, Math.ceil(q * all.length)) - 1]
      assert.ok(Math.abs(histogram.quantile(q) / exact - 1) <= 1 / 512)
    }),
  )
})

test('count, mean and maximum are exact', () => {
  const histogram = new LogHistogram()
  for (const value of [1, 2, 6]) histogram.record(value)
  assert.deepEqual([histogram.count, histogram.mean, histogram.max], [3, 3, 6])
  assert.ok(Number.isNaN(new LogHistogram().quantile(0.5)))
})

test('values out of range count at the ends', () => {
  const histogram = new LogHistogram()
  histogram.record(0)
  histogram.record(1e30)
  assert.equal(histogram.count, 2)
  assert.ok(histogram.quantile(0.1) < 0.01)
  assert.ok(Math.abs(histogram.quantile(1) / 2 ** 44 - 1) < 1 / 256)
})

test('values below all buckets count in the first one, and the greatest value is known, however small', () => {
  const histogram = new LogHistogram()
  histogram.record(2 ** -30)
  assert.deepEqual([histogram.max, histogram.quantile(1)], [2 ** -30, 2 ** -30])
  histogram.record(5)
  const first = histogram.quantile(0.5) / 2 ** -10
  assert.ok(first > 1 && first < 1.003, `${first}`)
})
