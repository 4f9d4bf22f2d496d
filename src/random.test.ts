import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mean } from './numbers.js'
import { createRandom, type Random } from './random.js'

const MANY = 20_000

const drawn = (draw: (random: Random) => number, seed = 7): number[] => {
  const random = createRandom(seed)
  return Array.from({ length: MANY }, () => draw(random))
}

/** The largest distance between the share of draws below a value and the distribution there. */
function kolmogorovDistance(draws: readonly number[], cumulative: (x: number) => number): number {
  const ascending = draws.toSorted((a, b) => a - b)
  const gaps = ascending.map((x, index) => Math.abs((index + 0.5) / MANY - cumulative(x)))
  return Math.max(...gaps)
}

/** A distance that only one sample in 10,000 from the right distribution exceeds. */
const FARTHEST = 2.23 / Math.sqrt(MANY)

/** Abramowitz and Stegun 7.1.26; the error is below 2e-7. */
function normalCumulative(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2)
  const series = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]
  const tail = series.reduce((value, term) => value * t + term, 0) * t * Math.exp((-x * x) / 2)
  return x > 0 ? 1 - tail / 2 : tail / 2
}

test('draws are distributed as their names say', () => {
  const uniform = kolmogorovDistance(
    drawn((random) => random.uniform()),
    (x) => x,
  )
  const exponential = kolmogorovDistance(
    drawn((random) => random.exponential(40)),
    (x) => 1 - Math.exp(-x / 40),
  )
  const normal = kolmogorovDistance(
    drawn((random) => random.normal()),
    normalCumulative,
  )
  for (const distance of [uniform, exponential, normal])
    assert.ok(distance < FARTHEST, `${distance}`)
})

test('the first uniform draws of small seeds are uniform, too', () => {
  const first = Array.from({ length: 400 }, (_, seed) => createRandom(seed).uniform())
  assert.ok(Math.abs(mean(first) - 0.5) < 4 / Math.sqrt(12 * 400))
})

test('whole numbers below a bound are equally frequent', () => {
  const counts = new Array(6).fill(0)
  for (const value of drawn((random) => random.integer(6))) counts[value]++
  assert.equal(counts.length, 6)
  const even = MANY / 6
  const chiSquare = counts.reduce((total, count) => total + (count - even) ** 2 / even, 0)
  assert.ok(chiSquare < 25.7, `${chiSquare} is beyond what one die of 10,000 shows`)
})

test('the same seed gives the same draws, another seed gives others', () => {
  const draws = (seed: number) => drawn((random) => random.uniform(), seed).slice(0, 5)
  assert.deepEqual(draws(3), draws(3))
  assert.notDeepEqual(draws(3), draws(4))
})
