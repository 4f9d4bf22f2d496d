import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { wholeDevice } from '../../device/device.js'
import { buildPlan } from '../../plan/build.js'
import type { Profile } from '../../profile/profile.js'
import type { Scenario } from '../../workload/scenario.js'
import { simulate } from '../simulate.js'

/** One kernel with many waves of blocks, which takes a millisecond alone. */
const profile: Profile = {
  format: 'eclip.profile/1',
  model: 'long',
  batch: 1,
  device: 'h200',
  source: 'synthesized',
  kernels: [
    {
      name: 'k',
      grid: [20_000, 1, 1],
      block: [256, 1, 1],
      registers: 32,
      sharedMemoryBytes: 0,
      durationUs: { 132: 1000 },
    },
  ],
}

/** The workers in the order in which their requests end. The requests arrive 50 µs apart. */
function endsOf(priorities: readonly number[]): number[] {
  const scenario: Scenario = {
    device: h200,
    workers: priorities.map((_, w) => ({
      name: `w${w}`,
      profile,
      load: { kind: 'trace', arrivalsUs: [50 * w] },
      priorityClass: 'normal',
      minimumShare: 0,
    })),
  }
  const plan = buildPlan(scenario, {
    mechanism: 'pooled',
    pool: [{ granules: [...wholeDevice(h200)], owner: null }],
    groups: priorities.map((priority) => [{ kernels: 1, partition: 0, priority }]),
    evidence: { policy: 'test', parameters: {} },
  })
  const ends: { worker: number; endUs: number }[] = []
  const onKernel = ({ worker, endUs }: { worker: number; endUs: number }): void => {
    ends.push({ worker, endUs })
  }
  simulate(scenario, plan, { warmupUs: 0, durationUs: 20_000, onKernel })
  return ends.toSorted((a, b) => a.endUs - b.endUs).map(({ worker }) => worker)
}

test('among equals the kernel that came first goes first', () => {
  assert.deepEqual(endsOf([0, 0, 0]), [0, 1, 2])
})

test('a higher priority goes before every kernel that still has blocks left', () => {
  assert.deepEqual(endsOf([0, 1, 0]), [1, 0, 2])
  assert.deepEqual(endsOf([0, 1, 2]), [2, 1, 0])
})
