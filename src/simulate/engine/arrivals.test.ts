import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import type { Load } from '../../workload/scenario.js'
import { arrivalsOf } from './arrivals.js'

function first(load: Load, count: number): number[] {
  const next = arrivalsOf(load, createRandom(1))
  return Array.from({ length: count }, () => next())
}

test('a trace is replayed in order of time, and then nothing more comes', () => {
  const never = Number.POSITIVE_INFINITY
  assert.deepEqual(first({ kind: 'trace', arrivalsUs: [30, 10] }, 4), [10, 30, never, never])
  assert.deepEqual(first({ kind: 'closed' }, 2), [never, never])
})

test('a Poisson load comes at its rate', () => {
  const times = first({ kind: 'poisson', ratePerSecond: 500 }, 4000)
  assert.ok(Math.abs(times[3999] / 4000 / 2000 - 1) < 0.05, `${times[3999]}`)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
})

test('a periodic load comes at every tick of its clock, the first one at its offset', () => {
  const clock = { kind: 'periodic', everyUs: 33.25, offsetUs: 5, deadlineUs: 20 } as const
  assert.deepEqual(first(clock, 3), [5, 38.25, 71.5])
})
