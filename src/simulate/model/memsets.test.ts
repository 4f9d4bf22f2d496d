import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Kernel } from '../../profile/profile.js'
import { memsetUs, profiledMemsetUs } from './memsets.js'

const { switchUs, shortestKernelUs = 0 } = h200.costs

const kernel = (memsets: Pick<Kernel, 'memsetsBefore' | 'memsetUs'>): Kernel => ({
  name: 'k',
  grid: [1, 1, 1],
  block: [32, 1, 1],
  registers: 16,
  sharedMemoryBytes: 0,
  durationUs: { 132: 5 },
  ...memsets,
})

test('a memset beside its kernel takes what was measured, otherwise as long as a short kernel', () => {
  assert.equal(memsetUs(h200, kernel({}), 132), 0)
  assert.equal(memsetUs(h200, kernel({ memsetsBefore: 3 }), 132), 3 * shortestKernelUs)
  assert.equal(memsetUs(h200, kernel({ memsetsBefore: 3, memsetUs: { 132: 4 } }), 132), 4)
  const { shortestKernelUs: _, ...costs } = h200.costs
  assert.equal(memsetUs({ ...h200, costs }, kernel({ memsetsBefore: 3 }), 132), 0)
})

test('a latency measured with memsets left behind contains two switches for each', () => {
  const left = kernel({ memsetsBefore: 3 })
  const apart = profiledMemsetUs(h200, left, 132) - memsetUs(h200, left, 132)
  assert.ok(Math.abs(apart - 6 * switchUs) < 1e-9)
  const moved = kernel({ memsetsBefore: 3, memsetUs: { 132: 4 } })
  assert.equal(profiledMemsetUs(h200, moved, 132), 4)
  assert.equal(profiledMemsetUs(h200, kernel({}), 132), 0)
})
