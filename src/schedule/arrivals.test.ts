import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../errors.js'
import { mean } from '../numbers.js'
import { createRandom } from '../random.js'
import { burstyGaps, constantGaps, poissonGaps, recordedGaps, type UnitGaps } from './arrivals.js'

function drawn(gaps: UnitGaps, count: number): number[] {
  return Array.from({ length: count }, () => gaps.next())
}

/** Variance over squared mean: 1 for exponential gaps. */
function dispersion(values: readonly number[]): number {
  const center = mean(values)
  return mean(values.map((value) => (value - center) ** 2)) / center ** 2
}

test('gaps have mean 1; bursts are more dispersed than Poisson', () => {
  const n = 400_000
  const poisson = drawn(poissonGaps(createRandom(1)), n)
  const bursty = drawn(burstyGaps(createRandom(2)), n)
  assert.ok(Math.abs(mean(poisson) - 1) < 0.01)
  assert.ok(Math.abs(mean(bursty) - 1) < 0.03)
  assert.ok(Math.abs(dispersion(poisson) - 1) < 0.03)
  assert.ok(dispersion(bursty) > 1.5)
  assert.deepEqual(drawn(constantGaps(), 3), [1, 1, 1])
})

test('recorded gaps are scaled to mean 1 and repeat', () => {
  assert.deepEqual(drawn(recordedGaps([10, 11, 14], 'f'), 4), [0.5, 1.5, 0.5, 1.5])
})

test('wrong recordings are refused', () => {
  for (const times of [[], [1], [1, 1], [2, 1], [1, Number.NaN]]) {
    assert.throws(() => recordedGaps(times, 'f'), InputError)
  }
})
