import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Plan } from '../../plan/plan.js'
import { createRandom } from '../../random.js'
import type { Machine } from './machine.js'
import type { Program } from './program.js'
import { transitionOf } from './transition.js'

const device = {
  ...h200,
  costs: {
    ...h200.costs,
    ...{ launchGapPerWorkerUs: 0.5, processGapPerWorkerUs: 0.25, sharedLaunchGapUs: 4 },
    ...{ hostLaunchUs: 3, hardwareMaskUs: 1, switchUs: 10, barrierUs: 100, streamOverloadUs: 0 },
  },
}

/** Two workers of two kernels each; the second one's last kernel moves, behind a memset. */
const program = {
  gapUs: Float64Array.of(1, 1, 2, 2),
  firstRow: Int32Array.of(0, 2),
  activity: Float64Array.of(1, 2),
  partition: Int32Array.of(0, 0, 1, 2),
  memsets: Int32Array.of(0, 0, 0, 1),
} as unknown as Program

function readyUs(mechanism: Plan['mechanism'], row: number, nowUs: number, active = 1): number {
  const machine = {
    requestStartUs: Float64Array.of(1000, 1000),
    active,
    activity: 3,
  } as unknown as Machine
  const plan = { mechanism, pool: [] } as unknown as Plan
  const worker = row < 2 ? 0 : 1
  const transition = transitionOf(device, plan, program, createRandom(1))
  return transition.readyUs(machine, worker, row, row - 1, nowUs)
}

test('a kernel is ready after its gap, which others lengthen, and not before it is issued', () => {
  // Worker 0: 2 of 3 activity is of others, at 0.25 us under MPS.
  assert.equal(readyUs('mps', 1, 2000), 2000 + 1 + 0.5)
  assert.equal(readyUs('mps', 1, 2000, 2), 2000 + 1 + 4 + 0.5)
  // Its second kernel is issued 3 us after the request started, the second worker's too.
  assert.equal(readyUs('mps', 1, 1000), 1003)
  assert.equal(readyUs('mps', 3, 1000), 1003)
})

test('in a hardware instance a kernel waits for its gap and its issue, whatever others do', () => {
  assert.equal(readyUs('mig', 1, 2000, 2), 2000 + 1)
  assert.equal(readyUs('mig', 1, 1000, 2), 1003)
})

test('masks set by the hardware cost the same before every kernel', () => {
  assert.equal(readyUs('hardware', 1, 2000), 2000 + 1 + 1 + 1)
})

test('pooled: a switch costs time, more behind a kernel that still runs; a memset costs two', () => {
  assert.equal(readyUs('pooled', 1, 2000), 2000 + 1 + 1)
  assert.equal(readyUs('pooled', 3, 2000), 2000 + 2 + 0.5 + 3 * 10 + 100)
  // Issued at 1003, after the kernel before it ended at 1000: no barrier.
  assert.equal(readyUs('pooled', 3, 1000), 1003 + 3 * 10)
})
