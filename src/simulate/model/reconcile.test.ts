import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Profile } from '../../profile/profile.js'
import { LEAST_SCALE, reconcile, reconcileShare, reconcileTold } from './reconcile.js'

const device = { ...h200, costs: { ...h200.costs, launchGapUs: 2 } }

/** Four kernels of 10 us on 132 units and 30 us on 66. */
function profileOf(more: Partial<Profile>): Profile {
  const kernel = {
    ...{ name: 'k', grid: [1, 1, 1], block: [32, 1, 1], registers: 16, sharedMemoryBytes: 0 },
    durationUs: { 66: 30, 132: 10 },
  }
  return {
    ...{ format: 'eclip.profile/1', model: 'm', batch: 1, device: 'h200', source: 'measured' },
    kernels: [kernel, kernel, kernel, kernel],
    ...more,
  } as Profile
}

test('without a measured latency kernels stay as they are', () => {
  assert.deepEqual(reconcile(device, profileOf({}), 132), {
    ...{ scale: 1, gapUs: 2, profiledGapUs: 0, branchGapUs: 2 },
  })
})

test('kernels and the gaps between them add up to the latency', () => {
  // Three gaps of 2 us leave 32 us for 40 us of kernels.
  const { scale, gapUs, branchGapUs } = reconcile(
    device,
    profileOf({ latencyUs: { 132: 38 } }),
    132,
  )
  assert.deepEqual([scale, gapUs, branchGapUs], [0.8, 2, 2])
  assert.equal(reconcile(device, profileOf({ latencyUs: { 132: 7 } }), 132).scale, LEAST_SCALE)
})

test('without gaps in the profile they are those of the device, however short', () => {
  const quick = { ...device, costs: { ...device.costs, launchGapUs: 0.25 } }
  // Three gaps of 0.25 us leave 40 us for 40 us of kernels.
  const { scale, gapUs } = reconcile(quick, profileOf({ latencyUs: { 132: 40.75 } }), 132)
  assert.deepEqual([scale, gapUs], [1, 0.25])
})

test('gaps that a profile states are not taken for longer kernels', () => {
  // Three gaps of 4 us leave 40 us for 40 us of kernels on 132 units, and 120 us for 120 us on 66.
  const profile = profileOf({ latencyUs: { 66: 123, 132: 52 }, gapUs: { 66: 1, 132: 4 } })
  const { scale, gapUs, profiledGapUs } = reconcile(device, profile, 132)
  assert.deepEqual([scale, gapUs, profiledGapUs], [1, 4, 2])
  // The device itself takes 2 us.
  assert.equal(reconcile(device, profile, 66).gapUs, 2)
  // Halfway between 1/66 and 1/132.
  assert.equal(reconcile(device, profile, 88).gapUs, 3)
  assert.equal(reconcile(device, profile, 88).profiledGapUs, 1)
})

test('a request with a single kernel has no gaps to share its time with', () => {
  const [kernel] = profileOf({}).kernels
  const single = profileOf({ kernels: [kernel], latencyUs: { 132: 10 } })
  const { scale, gapUs } = reconcile(device, single, 132)
  assert.deepEqual([scale, gapUs], [1, 2])
})

const besideMps = { ...device, costs: { ...device.costs, mpsGapUs: 0.6, hostTurnaroundUs: 5 } }
const kernelsUs = [10, 10, 10, 10]

test('a told process adds half of the largest gap, whatever was measured untold', () => {
  const profile = profileOf({ latencyUs: { 132: 38 }, mpsLatencyUs: { 132: 400 } })
  const told = reconcileTold(besideMps, profile, 132, kernelsUs)
  assert.deepEqual(told, { scale: 0.8, gapUs: 2.3, profiledGapUs: 0, branchGapUs: 2.3 })
})

test('if it was measured told, gaps take what they can up to the largest gap, and kernels the rest', () => {
  const toldIn = (latencyUs: number): number[] => {
    const profile = profileOf({ mpsLatencyUs: { 132: 400 }, toldLatencyUs: { 132: latencyUs } })
    const { scale, gapUs } = reconcileTold(besideMps, profile, 132, kernelsUs)
    return [scale, gapUs].map((value) => Number(value.toFixed(6)))
  }
  // 46 us without the 5 us of the host: 40 us of kernels leave 2 us for each gap.
  assert.deepEqual(toldIn(51), [1, 2])
  assert.deepEqual(toldIn(52.5), [1, 2.5])
  // Gaps of at most 2.6 us leave 52.2 us for kernels, gaps of at least 2 us leave 32.
  assert.deepEqual(toldIn(65), [1.305, 2.6])
  assert.deepEqual(toldIn(43), [0.8, 2])
})

test('a process that is told only of its share takes what was measured in such a process', () => {
  const profile = profileOf({ mpsLatencyUs: { 132: 43 }, toldLatencyUs: { 132: 400 } })
  assert.equal(reconcileShare(besideMps, profile, 132, kernelsUs).scale, 0.8)
})

test('between measured counts the factor is linear in 1 / units, and outside them what tables say', () => {
  // 0.8 on 132 units as above, 1.1 on 66: 132 + 6 us. 1/88 is halfway between 1/66 and 1/132.
  const profile = profileOf({ latencyUs: { 66: 138, 132: 38 } })
  assert.ok(Math.abs(reconcile(device, profile, 66).scale - 1.1) < 1e-12)
  assert.ok(Math.abs(reconcile(device, profile, 88).scale - 0.95) < 1e-12)
  assert.ok(Math.abs(reconcile(device, profile, 99).scale - 0.9) < 1e-12)
  assert.ok(Math.abs(reconcile(device, profile, 132).scale - 0.8) < 1e-12)
  // Below its counts a table keeps the work: 138 and 120 us on 66 are half as much again on 44, less the same 6 us.
  assert.ok(Math.abs(reconcile(device, profile, 44).scale - 201 / 180) < 1e-12)
  assert.ok(Math.abs(reconcile(device, profile, 150).scale - 0.8) < 1e-12)
})

test('between measured counts gaps are linear in 1 / units, too', () => {
  // 1/99 is two thirds of the way from 1/66 to 1/132. Gaps of 6 and 4 us are all that is added to the kernels.
  const profile = profileOf({ gapUs: { 66: 6, 132: 4 }, latencyUs: { 66: 138, 132: 52 } })
  const { scale, gapUs, profiledGapUs, branchGapUs } = reconcile(device, profile, 99)
  const expected = [1, 14 / 3, 14 / 3 - 2, 14 / 3]
  for (const [i, value] of [scale, gapUs, profiledGapUs, branchGapUs].entries()) {
    assert.ok(Math.abs(value - expected[i]) < 1e-9, `${value}`)
  }
})

test('a branching profile stretches its kernels a little, then its gaps', () => {
  // Two lanes of one kernel with one block each. On compute units of their own both take
  // 10 us, beside the 20 of the others.
  const parallel = [{ first: 1, count: 2, chain: 1, lanes: 2 }]
  const kernelsUs = 20 + 10
  const gaps = 2 * (2 - 1 + 1)
  const at = (us: number) => reconcile(device, profileOf({ parallel, latencyUs: { 132: us } }), 132)
  const short = at(1.01 * kernelsUs + gaps)
  assert.ok(Math.abs(short.scale - 1.01) < 1e-4)
  assert.equal(short.branchGapUs, 2)
  const long = at(kernelsUs + gaps + 5)
  assert.equal(long.scale, 1)
  assert.ok(Math.abs(long.branchGapUs - 7) < 1e-9, `${long.branchGapUs}`)
})

test('the gaps of a branching profile take what its lanes leave of them', () => {
  const parallel = [{ first: 1, count: 2, chain: 1, lanes: 2 }]
  const at = (us: number) =>
    reconcile(device, profileOf({ parallel, latencyUs: { 132: us }, gapUs: { 132: 4 } }), 132)
  // 30 us of kernels, and two gaps of up to 4 us that follow one another.
  assert.ok(Math.abs(at(36).gapUs - 3) < 1e-4)
  assert.ok(Math.abs(at(36).scale - 1) < 1e-4)
  assert.equal(at(38.5).gapUs, 4)
  assert.ok(Math.abs(at(31).scale - 0.9) < 1e-4)
})
