import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../random.js'
import { studentWithin } from '../student.test.fixture.js'
import { predictionInterval } from './prediction-interval.js'

test('the interval is that of Student for one more value', () => {
  // Standard deviation 1.291 and t = 12.92 for three degrees of freedom.
  const { mean, low, high } = predictionInterval([11, 12, 13, 14].map((value) => value * 10))
  assert.equal(mean, 125)
  assert.ok(Math.abs(high - 125 - 12.92 * 12.91 * Math.sqrt(1.25)) < 0.02, `${high}`)
  assert.equal(low, 0, 'times and shares are not negative')
  const even = predictionInterval([110, 120, 130, 140], 0)
  assert.ok(Math.abs(even.high - 125 - (12.92 * 12.91) / 2) < 0.02, `${even.high}`)
})

test('99.9% of Student’s distribution are within the interval, or more where no table has the number of runs', () => {
  for (let n = 2; n <= 30; n++) {
    const values = Array.from({ length: n }, (_, i) => 1e9 + i)
    const { mean, high } = predictionInterval(values, 0)
    const within = studentWithin((high - mean) / Math.sqrt((n + 1) / 12), n - 1)
    const isInTable = [2, 3, 4, 5, 6, 7, 8, 12, 16, 24].includes(n)
    assert.ok(within > 0.99899 && within < (isInTable ? 0.99901 : 0.9998), `${n} runs: ${within}`)
  }
})

test('a single value stands for itself, and equal values leave no doubt', () => {
  assert.deepEqual(predictionInterval([3]), { mean: 3, low: 3, high: 3 })
  assert.deepEqual(predictionInterval([2, 2, 2, 2]), { mean: 2, low: 2, high: 2 })
})

test('99.9% of further values lie inside, for few runs and for many', () => {
  for (const runs of [4, 8, 16]) {
    const random = createRandom(runs)
    const normal = (): number => 100 + 5 * random.normal()
    let outside = 0
    const tried = 20_000
    for (let i = 0; i < tried; i++) {
      const { low, high } = predictionInterval(Array.from({ length: runs }, normal))
      const further = normal()
      if (further < low || further > high) outside++
    }
    assert.ok(outside > 4 && outside < 40, `${outside} of ${tried} outside, for ${runs} runs`)
  }
})

test('a longer further run never widens the interval, and the mean is always inside', () => {
  const values = fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), {
    minLength: 2,
    maxLength: 20,
  })
  fc.assert(
    fc.property(values, (some) => {
      const [short, long] = [predictionInterval(some), predictionInterval(some, 0.25)]
      assert.ok(short.low <= long.low && long.high <= short.high)
      assert.ok(long.low <= long.mean && long.mean <= long.high)
    }),
  )
})
