import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { windowOf } from '../device/partition.js'
import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import type { Profile } from '../profile/profile.js'
import { CLOSED_LOOP, type Scenario } from '../workload/scenario.js'
import { simulate } from './simulate.js'

/** 200 kernels of one block that spin for 5 µs, as `torch.cuda._sleep(9000)` in a captured graph. */
const SPIN: Profile = {
  format: 'eclip.profile/1',
  model: 'spin',
  batch: 1,
  device: 'h200',
  source: 'synthesized',
  kernels: Array.from({ length: 200 }, () => ({
    name: 'spin',
    grid: [1, 1, 1] as [number, number, number],
    block: [1, 1, 1] as [number, number, number],
    registers: 16,
    sharedMemoryBytes: 0,
    durationUs: { 8: 5.1, 132: 5.1 },
    dramBytes: 0,
  })),
}

const WINDOW_LENGTHS = [4, 8, 12, 16]

/** µs per kernel of `workers`, each going round its `contexts` windows every `period` kernels. */
function usPerKernel(workers: number, contexts: number, period: number): number {
  const scenario: Scenario = {
    device: h200,
    workers: Array.from({ length: workers }, (_, w) => ({
      name: `spin#${w}`,
      profile: SPIN,
      load: CLOSED_LOOP,
      priorityClass: 'normal',
      minimumShare: 0,
    })),
  }
  const pool = new PoolBuilder()
  const groups = scenario.workers.map((_, w) => {
    const entries = WINDOW_LENGTHS.slice(0, contexts).map((length) =>
      pool.pooled(windowOf(2 * w, length, 16), w),
    )
    return groupKernels(
      SPIN.kernels.map((_, k) => ({
        partition: entries[Math.floor(k / period) % contexts],
        priority: 0,
      })),
    )
  })
  const evidence = { policy: 'test', parameters: {} }
  const plan = buildPlan(scenario, {
    mechanism: 'pooled',
    pool: pool.entries,
    groups,
    evidence,
  })
  const { workers: results } = simulate(scenario, plan, { warmupUs: 20_000, durationUs: 100_000 })
  return 1e6 / results[0].requestsPerSecond / SPIN.kernels.length
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

test('without switches many workers of tiny kernels hardly hold each other up', () => {
  for (const workers of [1, 2, 4, 8]) {
    const us = usPerKernel(workers, 1, 1)
    assert.ok(us > 4.9 && us < 5.8, `${workers} workers: ${us.toFixed(2)} µs`)
  }
})
