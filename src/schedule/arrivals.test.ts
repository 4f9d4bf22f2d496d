import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { mean } from '../numbers.js'
import { createRandom } from '../random.js'
import {
  burstyGaps,
  constantGaps,
  gammaGaps,
  poissonGaps,
  recordedGaps,
  type UnitGaps,
} from './arrivals.js'

function drawn(gaps: UnitGaps, count: number): number[] {
  return Array.from({ length: count }, () => gaps.next())
}

/** The variance over the squared mean, which is 1 for exponential gaps. */
function dispersion(values: readonly number[]): number {
  const center = mean(values)
  return mean(values.map((value) => (value - center) ** 2)) / center ** 2
}

test('gaps have mean 1, and bursts are more dispersed than Poisson', () => {
  const n = 400_000
  const poisson = drawn(poissonGaps(createRandom(1)), n)
  const bursty = drawn(burstyGaps(createRandom(2)), n)
  assert.ok(Math.abs(mean(poisson) - 1) < 0.01)
  assert.ok(Math.abs(mean(bursty) - 1) < 0.03)
  assert.ok(Math.abs(dispersion(poisson) - 1) < 0.03)
  assert.ok(dispersion(bursty) > 1.5)
  assert.deepEqual(drawn(constantGaps(), 3), [1, 1, 1])
})

test('bursts last as long and hold as many of the requests as was asked', () => {
  const n = 400_000
  const [factor, length, share] = [4, 10, 0.3]
  const gaps = drawn(burstyGaps(createRandom(4), { factor, length, share }), n)
  const burst = 1 / (share + (1 - share) * factor)
  const between = share * burst ** 2 + (1 - share) * (factor * burst) ** 2 - 1
  // Exponential gaps double each state's squared mean. States are correlated for as long as they last.
  assert.ok(Math.abs(dispersion(gaps) - (1 + 2 * between)) < 0.05, `${dispersion(gaps)}`)
  for (const lag of [1, 5]) {
    const kept = (1 - 1 / length / (1 - share)) ** lag
    const covariance = mean(gaps.slice(lag).map((gap, i) => (gap - 1) * (gaps[i] - 1)))
    assert.ok(Math.abs(covariance - between * kept) < 0.03, `${covariance} ${lag} later`)
  }
})

test('gamma gaps have mean 1 and the requested coefficient of variation', () => {
  const n = 100_000
  const variations = fc.double({ min: 0.1, max: 3, noNaN: true })
  fc.assert(
    fc.property(variations, fc.integer(), (variation, seed) => {
      const gaps = drawn(gammaGaps(createRandom(seed), variation), n)
      assert.ok(gaps.every((gap) => gap >= 0))
      // Five standard errors. The excess kurtosis of a gamma variable is 6 times its squared variation.
      const ofMean = (5 * variation) / Math.sqrt(n)
      const ofVariance = 5 * Math.sqrt((2 + 6 * variation ** 2) / n) + 2 * ofMean
      assert.ok(Math.abs(mean(gaps) - 1) < ofMean, `mean ${mean(gaps)} at ${variation}`)
      assert.ok(Math.abs(dispersion(gaps) / variation ** 2 - 1) < ofVariance, `at ${variation}`)
    }),
    { seed: 1, numRuns: 40 },
  )
})

test('gamma gaps of shape 2 and 4 are distributed as sums of as many exponential ones', () => {
  const n = 100_000
  for (const shape of [2, 4]) {
    const below = (x: number): number => {
      const terms = Array.from({ length: shape }, (_, k) => x ** k / [1, 1, 2, 6][k])
      return 1 - Math.exp(-x) * terms.reduce((total, term) => total + term, 0)
    }
    const gaps = drawn(gammaGaps(createRandom(3), 1 / Math.sqrt(shape)), n).sort((a, b) => a - b)
    const distances = gaps.map((gap, i) => Math.abs((i + 0.5) / n - below(gap * shape)))
    // Kolmogorov and Smirnov: a larger distance occurs only once in 10,000 samples.
    assert.ok(distances.every((distance) => distance < 2.23 / Math.sqrt(n)))
  }
})

test('gamma gaps without variation are even, and with a variation of 1 they are Poisson', () => {
  assert.deepEqual(drawn(gammaGaps(createRandom(1), 0), 3), [1, 1, 1])
  const poisson = drawn(poissonGaps(createRandom(1)), 9)
  assert.deepEqual(drawn(gammaGaps(createRandom(1), 1), 9), poisson)
})

test('gamma gaps with hardly any variation end, and are even', () => {
  for (let power = -8; power >= -300; power -= 4) {
    for (const gap of drawn(gammaGaps(createRandom(1), 10 ** power), 5)) {
      assert.ok(Math.abs(gap - 1) < 1e-6, `${gap} for 1e${power}`)
    }
  }
})

test('recorded gaps are scaled to mean 1 and repeat', () => {
  assert.deepEqual(drawn(recordedGaps([10, 11, 14], 'f'), 4), [0.5, 1.5, 0.5, 1.5])
  assert.deepEqual(drawn(recordedGaps([0, 0.25, 0.25], 'f'), 3), [2, 0, 2])
})

test('wrong recordings are refused', () => {
  for (const times of [[], [1], [1, 1], [2, 1], [1, Number.NaN]]) {
    assert.throws(() => recordedGaps(times, 'f'), InputError)
  }
})
