import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecentLatencies } from './recent-latencies.js'

const SHARES = [0, 0.5, 0.95, 0.99, 1]

test('quantiles are those of the latencies by nearest rank, within 0.6%', () => {
  const latencies = fc.array(fc.double({ min: 1, max: 1e9, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(latencies, (values) => {
      const recent = new RecentLatencies(3)
      for (const value of values) recent.add(value)
      recent.turn(0)
      const sorted = [...values].sort((a, b) => a - b)
      const quantiles = recent.quantilesMs(SHARES)!
      SHARES.forEach((share, i) => {
        const exactMs = sorted[Math.max(0, Math.ceil(share * values.length) - 1)] / 1000
        assert.ok(Math.abs(quantiles[i] / exactMs - 1) < 0.006, `${quantiles[i]} of ${exactMs}`)
      })
    }),
  )
})

test('latencies count from the end of their second, and are forgotten with the window', () => {
  const recent = new RecentLatencies(2)
  assert.deepEqual([recent.answered, recent.inTime], [0, 0])
  recent.turn(500)
  recent.add(500)
  recent.add(501)
  assert.deepEqual([recent.answered, recent.quantilesMs([0.5])], [0, undefined])
  recent.turn(1000)
  recent.add(900)
  assert.deepEqual([recent.answered, recent.inTime], [2, 1])
  recent.turn(1000)
  assert.deepEqual([recent.answered, recent.inTime], [3, 2])
  recent.turn(1000)
  assert.deepEqual([recent.answered, recent.inTime], [1, 1])
  for (let i = 0; i < 3; i++) {
    recent.turn(1000)
    assert.deepEqual([recent.answered, recent.inTime], [0, 0])
  }
})

test('latencies outside the range count at its ends', () => {
  const recent = new RecentLatencies(1)
  recent.add(0)
  recent.add(1e15)
  recent.turn(0)
  const [low, high] = recent.quantilesMs([0, 1])!
  assert.ok(low < 0.002 && high > 2e6)
})
