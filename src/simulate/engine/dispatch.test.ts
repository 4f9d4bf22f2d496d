import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { wholeDevice } from '../../device/device.js'
import { buildPlan } from '../../plan/build.js'
import type { Kernel, Profile } from '../../profile/profile.js'
import type { Scenario } from '../../workload/scenario.js'
import type { KernelSpan } from '../result.js'
import { simulate } from '../simulate.js'
import { singles } from './hand-driven.test.fixture.js'

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

test('a kernel may use what one ahead of it closed as soon as that one has placed all its blocks', () => {
  // Compute unit 0 is full until 100 µs, and the others until 1000 µs. Unit 1 has room for `small` but not for `big`.
  const kernels = [
    { name: 'soon', units: [0], threads: 1024, blocks: 2, us: 100, sharedMemoryBytes: 0 },
    { name: 'half', units: [1], threads: 1024, blocks: 1, us: 1000, sharedMemoryBytes: 150_000 },
    { name: 'full', units: [2], threads: 1024, blocks: 2, us: 1000, sharedMemoryBytes: 0 },
    { name: 'big', units: [0, 1], threads: 32, blocks: 1, us: 10, sharedMemoryBytes: 100_000 },
    { name: 'small', units: [1, 2], threads: 32, blocks: 1, us: 10, sharedMemoryBytes: 0 },
  ]
  const scenario: Scenario = {
    device: singles,
    workers: kernels.map(({ name, threads, blocks, us, sharedMemoryBytes }, w) => {
      const own: Kernel = {
        ...profile.kernels[0],
        grid: [blocks, 1, 1],
        block: [threads, 1, 1],
        durationUs: { 1: us },
        sharedMemoryBytes,
      }
      return {
        name,
        profile: { ...profile, kernels: [own] },
        load: { kind: 'trace', arrivalsUs: [10 * w] },
        priorityClass: 'normal',
        minimumShare: 0,
      }
    }),
  }
  const plan = buildPlan(scenario, {
    mechanism: 'pooled',
    pool: kernels.map(({ units }) => ({ granules: units, owner: null })),
    groups: kernels.map((_, w) => [{ kernels: 1, partition: w, priority: 0 }]),
    evidence: { policy: 'test', parameters: {} },
  })
  const startsUs: number[] = []
  const endsUs: number[] = []
  const onKernel = ({ worker, startUs, endUs }: KernelSpan): void => {
    startsUs[worker] = startUs
    endsUs[worker] = endUs
  }
  simulate(scenario, plan, { warmupUs: 0, durationUs: 20_000, onKernel })
  const [soonUs] = endsUs
  assert.deepEqual(startsUs.slice(3), [soonUs, soonUs])
  assert.ok(endsUs[1] > 2 * soonUs && endsUs[2] > 2 * soonUs)
})
