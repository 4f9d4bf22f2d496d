import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Drift, moved } from './drift.js'

function rate(plannedPerS: number, comingPerS: number) {
  return { name: 'm', plannedPerS, comingPerS }
}

test('a rate has moved if it is off by a quarter, and not by chance', () => {
  for (const [planned, coming, isMoved] of [
    [100, 100, false],
    [100, 124, false],
    [100, 125, false],
    [100, 126, true],
    [100, 80, false],
    [100, 79, true],
    [100, 0, true],
    // One request in ten seconds instead of three can be chance.
    [0.1, 0.3, false],
    [1, 2, false],
    [1, 2.4, true],
    // Four deviations exactly.
    [1.6, 3.2, false],
  ] as const) {
    assert.equal(moved([rate(planned, coming)]).length > 0, isMoved, `${planned} to ${coming}`)
  }
})

test('the load counts as moved once it has been elsewhere for ten looks in a row', () => {
  const drift = new Drift()
  const looks = (coming: number, many: number) =>
    Array.from({ length: many }, () => drift.look([rate(50, 50), rate(100, coming)]).length)
  assert.deepEqual(looks(200, 9), Array(9).fill(0))
  // A moment of quiet starts the count again.
  assert.deepEqual(looks(100, 1), [0])
  assert.deepEqual(looks(200, 11), [...Array(9).fill(0), 1, 1])
  drift.reset()
  assert.deepEqual(looks(200, 10), [...Array(9).fill(0), 1])
})

test('a server without requests has no load that could have moved', () => {
  const drift = new Drift()
  for (let i = 0; i < 30; i++) assert.deepEqual(drift.look([rate(100, 0)]), [])
})

test('a model that nobody asks for any more has moved while others are asked for, however seldom', () => {
  const drift = new Drift()
  const looks = Array.from({ length: 10 }, () => drift.look([rate(100, 0), rate(0.5, 0.5)]))
  assert.deepEqual(
    looks.map(({ length }) => length),
    [...Array(9).fill(0), 1],
  )
})
