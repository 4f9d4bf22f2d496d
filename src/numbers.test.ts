import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  clamp,
  countsOf,
  distinctAscending,
  finiteOrNull,
  inPercent,
  leastKnown,
  mean,
  median,
  quantileSorted,
  sum,
} from './numbers.js'

const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 20 })

test('the least value ignores values that are not numbers', () => {
  assert.equal(leastKnown([3, Number.NaN, -1]), -1)
  assert.equal(leastKnown([Number.POSITIVE_INFINITY]), Number.POSITIVE_INFINITY)
  assert.ok(Number.isNaN(leastKnown([Number.NaN])))
  assert.ok(Number.isNaN(leastKnown([])))
})

test('the sum of nothing is 0, the mean of nothing is not a number, and deviations from a mean cancel out', () => {
  assert.equal(sum([]), 0)
  assert.ok(Number.isNaN(mean([])))
  assert.equal(sum(new Set([1, 2, 4])), 7)
  fc.assert(
    fc.property(numbers, (values) => {
      fc.pre(values.length > 0)
      const centre = mean(values)
      assert.ok(Math.abs(sum(values.map((value) => value - centre))) < 1e-9)
    }),
  )
})

test('clamping keeps values between the ends, and moves others to the nearer end', () => {
  assert.deepEqual(
    [-1, 0, 2, 5, 6].map((value) => clamp(value, 0, 5)),
    [0, 0, 2, 5, 5],
  )
})

test('a quantile weighs each value by how near its rank is to q (n - 1)', () => {
  const q = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(numbers, q, (values, share) => {
      fc.pre(values.length > 0)
      const ascending = values.toSorted((a, b) => a - b)
      const place = share * (ascending.length - 1)
      const weighed = ascending.map(
        (value, rank) => value * Math.max(0, 1 - Math.abs(rank - place)),
      )
      assert.ok(Math.abs(quantileSorted(ascending, share) - sum(weighed)) < 1e-9)
    }),
  )
})

test('quantiles of 1 to 10 are those that R and NumPy give by default', () => {
  const values = Float64Array.from({ length: 10 }, (_, index) => index + 1)
  const [p0, p50, p80, p99, p100] = [0, 0.5, 0.8, 0.99, 1].map((q) => quantileSorted(values, q))
  assert.deepEqual([p0, p50, p100], [1, 5.5, 10])
  assert.ok(Math.abs(p80 - 8.2) < 1e-12)
  assert.ok(Math.abs(p99 - 9.91) < 1e-12)
})

test('a quantile of nothing is not a number, and shares outside 0 to 1 give the ends', () => {
  assert.ok(Number.isNaN(quantileSorted([], 0.5)))
  assert.deepEqual(
    [-1, 2].map((q) => quantileSorted([3, 4], q)),
    [3, 4],
  )
  assert.equal(quantileSorted([7], 0.9), 7)
})

test('the median is the middle one by size, or between the two in the middle', () => {
  assert.equal(median([10, 9, 100]), 10)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.ok(Number.isNaN(median([])))
})

test('values are counted in the order in which they come, and ordered by size, each once', () => {
  assert.deepEqual(
    [...countsOf(['b', 'a', 'b'])],
    [
      ['b', 2],
      ['a', 1],
    ],
  )
  assert.deepEqual(distinctAscending([10, 9, 10, -1]), [-1, 9, 10])
})

test('what JSON cannot carry is null, and percents have no noise', () => {
  assert.deepEqual([0, -2.5, Number.NaN, Number.NEGATIVE_INFINITY].map(finiteOrNull), [
    0,
    -2.5,
    null,
    null,
  ])
  assert.deepEqual([0.29, 0.57, 1, 1 / 3].map(inPercent), [29, 57, 100, 33.3333333333])
})
