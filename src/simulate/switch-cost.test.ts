import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { windowOf } from '../device/partition.js'
import { runPlaced, spinChain } from './chains.test.fixture.js'

/** 200 kernels that spin for 5 µs: `torch.cuda._sleep(9000)`. */
const SPIN = spinChain(200, 5.1)

const WINDOW_LENGTHS = [4, 8, 12, 16]

/** The µs per kernel of `workers`, each going round its `contexts` windows every `period` kernels. */
function usPerKernel(workers: number, contexts: number, period: number): number {
  const [first] = runPlaced(
    h200,
    Array(workers).fill(SPIN),
    (pool, w, k) => {
      const length = WINDOW_LENGTHS[Math.floor(k / period) % contexts]
      return pool.pooled(windowOf(2 * w, length, 16), w)
    },
    { warmupUs: 20_000, durationUs: 100_000 },
  )
  return 1e6 / first.requestsPerSecond / SPIN.kernels.length
}

/** Measured on one H200, µs per kernel: workers, contexts each, then by period 1, 5, 25, 100. */
const MEASURED: readonly (readonly [number, number, readonly number[]])[] = [
  [1, 2, [9.7, 6.0, 5.2, 5.1]],
  [2, 2, [14.8, 6.2, 5.4, 5.3]],
  [4, 2, [29.9, 6.8, 5.4, 5.2]],
  [8, 2, [62.0, 14.5, 5.7, 5.4]],
  [4, 4, [34.2, 12.7, 5.5, 5.3]],
  [8, 4, [69.5, 25.5, 5.6, 5.3]],
]
const PERIODS = [1, 5, 25, 100]

for (const [workers, contexts, row] of MEASURED) {
  test(`${workers} workers of ${contexts} contexts pay for switches as the hardware does`, () => {
    row.forEach((measuredUs, i) => {
      const us = usPerKernel(workers, contexts, PERIODS[i])
      const error = Math.abs(us / measuredUs - 1)
      assert.ok(error < 0.2, `every ${PERIODS[i]}: ${us.toFixed(1)} µs, measured ${measuredUs} µs`)
    })
  })
}

test('without switches, even many workers with tiny kernels hardly hold each other up', () => {
  for (const workers of [1, 2, 4, 8]) {
    const us = usPerKernel(workers, 1, 1)
    assert.ok(us > 4.9 && us < 5.9, `${workers} workers: ${us.toFixed(2)} µs`)
  }
})
