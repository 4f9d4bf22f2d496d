import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { type Device, wholeDevice } from '../../device/device.js'
import type { Plan } from '../../plan/plan.js'
import { createRandom } from '../../random.js'
import type { Machine } from './machine.js'
import type { Program } from './program.js'
import { maskedStreams, transitionOf } from './transition.js'

const device = {
  ...h200,
  costs: {
    ...h200.costs,
    ...{ launchGapPerWorkerUs: 0.5, processGapPerWorkerUs: 0.25, sharedLaunchGapUs: 4 },
    ...{ hostLaunchUs: 3, hardwareMaskUs: 1, switchUs: 10, barrierUs: 100, streamOverloadUs: 0 },
  },
}

/**
 * Two workers with two kernels each. The second kernels have a higher priority. That of the
 * second worker moves, behind a memset.
 */
const program = {
  gapUs: Float64Array.of(1, 1, 2, 2),
  profiledGapUs: new Float64Array(4),
  workers: 2,
  firstRow: Int32Array.of(0, 2),
  firstLane: Int32Array.of(0, 1),
  priority: Int32Array.of(0, 1, 0, 1),
  activity: Float64Array.of(1, 2),
  partition: Int32Array.of(0, 0, 1, 2),
  memsets: Int32Array.of(0, 0, 0, 1),
} as unknown as Program

/** @param rows at which the workers are; both have a request in flight unless `active` says otherwise */
function readyUs(
  mechanism: Plan['mechanism'],
  row: number,
  nowUs: number,
  {
    active = 1,
    rows = [1, 3],
    isActive = [1, 1],
    level = [0, 0],
    of = program,
    costs = device.costs,
    pool = [] as Plan['pool'],
  }: {
    active?: number
    rows?: number[]
    isActive?: number[]
    level?: number[]
    of?: Program
    costs?: Device['costs']
    pool?: Plan['pool']
  } = {},
): number {
  const machine = {
    requestStartUs: Float64Array.of(1000, 1000),
    active,
    isActive: Uint8Array.from(isActive),
    row: Int32Array.from(rows),
    level: Int32Array.from(level),
  } as unknown as Machine
  const plan = { mechanism, pool } as unknown as Plan
  const worker = row < 2 ? 0 : 1
  const transition = transitionOf({ ...device, queueLimit: 1, costs }, plan, of, createRandom(1))
  return transition.readyUs(machine, worker, row, row - 1, nowUs)
}

test('a kernel is ready after its gap, which others lengthen, and not before it is issued', () => {
  // The other worker's activity of 2, at 0.25 us under MPS.
  assert.equal(readyUs('mps', 1, 2000), 2000 + 1 + 0.5)
  assert.equal(readyUs('mps', 1, 2000, { active: 2 }), 2000 + 1 + 4 + 0.5)
  // Its second kernel is issued 3 us after the request started, and so is the second worker's.
  assert.equal(readyUs('mps', 1, 1000), 1003)
  assert.equal(readyUs('mps', 3, 1000), 1003)
})

test('a gap that the profile has alone is a part of the gap that others cause', () => {
  const gapUs = (profiledUs: number) => {
    const profiled = { ...program, profiledGapUs: Float64Array.of(0, profiledUs, 0, 0) }
    return readyUs('mps', 1, 2000, { active: 2, of: profiled }) - 2000
  }
  // Of the 4.5 us that the other worker adds.
  assert.equal(gapUs(0.5), 1 + 4)
  assert.equal(gapUs(5), 1)
})

test('idle workers do not hold up a launch, and workers at kernels of a lower priority hold it up half as much', () => {
  assert.equal(readyUs('mps', 1, 2000, { isActive: [1, 0] }), 2000 + 1)
  // The other worker is at a kernel of priority 0.
  assert.equal(readyUs('mps', 1, 2000, { rows: [1, 2] }), 2000 + 1 + 0.25)
  assert.equal(readyUs('mps', 1, 2000, { rows: [1, 2], level: [0, 1] }), 2000 + 1 + 0.5)
  assert.equal(readyUs('mps', 0, 2000, { rows: [0, 2], level: [0, 1] }), 2000 + 1 + 0.5)
  assert.equal(readyUs('mps', 0, 2000, { rows: [0, 2], level: [1, 0] }), 2000 + 1 + 0.25)
})

test('in a hardware instance a kernel waits for its gap and its issue, whatever others do', () => {
  assert.equal(readyUs('mig', 1, 2000, { active: 2 }), 2000 + 1)
  assert.equal(readyUs('mig', 1, 1000, { active: 2 }), 1003)
})

test('masks set by the hardware cost the same before every kernel', () => {
  assert.equal(readyUs('hardware', 1, 2000), 2000 + 1 + 1 + 1)
})

test('pooled: a switch costs time, and more after a kernel that still runs; a memset costs two switches', () => {
  assert.equal(readyUs('pooled', 1, 2000), 2000 + 1 + 1)
  assert.equal(readyUs('pooled', 3, 2000), 2000 + 2 + 0.5 + 3 * 10 + 100)
  // Issued at 1003, after the kernel before it ended at 1000, so there is no barrier.
  assert.equal(readyUs('pooled', 3, 1000), 1003 + 3 * 10)
})

test('only streams that leave out a part of the device count as masked', () => {
  const whole = wholeDevice(h200)
  const pool: Plan['pool'] = [
    ...[whole, whole.slice(1), [3]].map((granules) => ({ granules, owner: null })),
    { cus: 66 },
    { cus: 66, owner: 0 },
  ]
  assert.equal(maskedStreams(h200, { pool } as Plan), 2)
})

test('more masked streams than hardware queues delay a kernel', () => {
  const costs = { ...device.costs, streamOverloadUs: 1e6 }
  const streams = (count: number): Plan['pool'] =>
    Array.from({ length: count }, (_, granule) => ({ granules: [granule], owner: null }))
  assert.equal(readyUs('pooled', 1, 2000, { costs, pool: streams(1) }), 2000 + 1 + 1)
  assert.ok(readyUs('pooled', 1, 2000, { costs, pool: streams(2) }) > 3000)
})

test('a request that the host launches as a whole is issued as a whole', () => {
  const { hostLaunchUs: _, ...costs } = device.costs
  assert.equal(readyUs('mig', 1, 900, { costs }), 1000)
  assert.equal(readyUs('pooled', 3, 1000, { costs }), 1000 + 2 + 0.5 + 3 * 10 + 100)
})
