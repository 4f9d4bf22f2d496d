import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Device } from '../../device/device.js'
import { buildPlan, PoolBuilder } from '../../plan/build.js'
import type { Kernel, Profile } from '../../profile/profile.js'
import { closedLoopWorker, type Scenario } from '../../workload/scenario.js'
import { simulate } from '../simulate.js'
import { instanceStretch } from './instances.js'

const WINDOW = { warmupUs: 20_000, durationUs: 200_000 }

/** An H200 whose host turns to each worker at once, however many there are. */
const device: Device = { ...h200, costs: { ...h200.costs, hostTurnaroundPerWorkerUs: 0 } }

/** Kernels of 100 µs whose traffic takes this part of the bandwidth of the device. */
function moving(share: number): Profile {
  const kernel: Kernel = {
    name: 'k',
    grid: [24, 1, 1],
    block: [1024, 1, 1],
    registers: 32,
    sharedMemoryBytes: 0,
    durationUs: { 8: 100, 132: 100 },
    dramBytes: share * h200.memoryBandwidthGBps * 1e3 * 100,
  }
  return {
    format: 'eclip.profile/1',
    model: `moving ${share}`,
    batch: 1,
    device: 'h200',
    source: 'synthesized',
    kernels: Array(10).fill(kernel),
  }
}

/**
 * Requests per second of workers, each in an instance with a quarter of the device and this share of its memory.
 */
function rates(profiles: readonly Profile[], memoryShares: readonly number[]): number[] {
  const scenario: Scenario = {
    device,
    workers: profiles.map((profile, w) => closedLoopWorker(`w${w}`, profile)),
  }
  const pool = new PoolBuilder()
  memoryShares.forEach((share, i) => {
    pool.instance([4 * i, 4 * i + 1, 4 * i + 2], share)
  })
  const plan = buildPlan(scenario, {
    mechanism: 'mig',
    pool: pool.entries,
    groups: profiles.map(({ kernels }, w) => [
      { kernels: kernels.length, partition: w % memoryShares.length, priority: 0 },
    ]),
    evidence: { policy: 'test', parameters: {} },
  })
  return simulate(scenario, plan, WINDOW).workers.map((worker) => worker.requestsPerSecond)
}

test('a kernel takes as long as its instance needs for its traffic, if that is longer', () => {
  const entry = { granules: [0], owner: null, memoryShare: 0.25 }
  assert.equal(instanceStretch(entry, { memoryBound: 0.5 }), 2)
  assert.equal(instanceStretch(entry, { memoryBound: 0.2 }), 1)
  assert.equal(instanceStretch({ granules: [0], owner: null }, { memoryBound: 1 }), 1)
})

test('a worker in an instance is not slowed down by the traffic of others', () => {
  const alone = rates([moving(0.2)], [0.25, 0.25])
  const beside = rates([moving(0.2), moving(1)], [0.25, 0.25])
  assert.deepEqual(beside[0], alone[0])
})

test('workers of one instance slow each other down, and more so the less memory it has', () => {
  const alone = rates([moving(0.2)], [0.5])[0]
  const together = rates([moving(0.2), moving(0.2)], [0.5])[0]
  const narrow = rates([moving(0.2), moving(0.2)], [0.25])[0]
  assert.ok(together < alone)
  assert.ok(narrow < together)
})

test('traffic of 50 µs of the whole bandwidth takes an instance with a quarter of it 200 µs', () => {
  const [perSecond] = rates([moving(0.5)], [0.25])
  const usPerKernel = 1e6 / perSecond / 10
  assert.ok(usPerKernel > 200 && usPerKernel < 215, `${usPerKernel}`)
})
