import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sum } from '../numbers.js'
import { kernelTaking } from '../profile/kernel.test.fixture.js'
import type { Profile } from '../profile/profile.js'
import { addUp, replayUs, waitsOf, withGaps } from './replay.js'

test('a chain takes as long as its kernels together', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 })), (durationsUs) => {
      const chain = durationsUs.map((_, i) => (i > 0 ? [i - 1] : []))
      assert.equal(replayUs(durationsUs, chain), sum(durationsUs))
    }),
  )
})

test('kernels that wait for the same one run side by side', () => {
  assert.equal(replayUs([5, 10, 20, 3], [[], [0], [0], [1, 2]]), 28)
})

test('gaps lengthen a request if kernels wait for them', () => {
  assert.equal(replayUs([5, 10, 20, 3], [[], [0], [0], [1, 2]], [0, 11, 0, 2]), 31)
})

const kernel = kernelTaking({ 8: 30, 16: 20 })
const profile: Profile = {
  format: 'eclip.profile/1',
  model: 'm',
  batch: 1,
  device: 'd',
  source: 'measured',
  latencyUs: { 8: 100, 16: 66 },
  kernels: [kernel, { ...kernel, memsetsBefore: 2, memsetUs: { 8: 7, 16: 5 } }, kernel],
}

test('a profile adds up to its kernels, memsets and gaps on the whole device', () => {
  const { cus, kernelsUs, withMemsetsUs, totalUs, latencyUs } = addUp({
    ...profile,
    gapUs: { 16: 1 },
  })
  assert.deepEqual([cus, kernelsUs, withMemsetsUs, totalUs, latencyUs], [16, 60, 65, 68, 66])
})

test('the gap between kernels is what the latency of the graph leaves for it, at least 0', () => {
  const { gapUs } = withGaps({ ...profile, latencyUs: { 8: 90, 16: 68 } })
  assert.deepEqual(gapUs, { 8: 0, 16: 1 })
})

test('gaps bring a profile with branches to its latency, too', () => {
  const kernels = Array.from({ length: 8 }, () => kernel)
  const parallel = [{ first: 1, count: 6, chain: 2, lanes: 2 }]
  const { gapUs } = withGaps({ ...profile, kernels, parallel, latencyUs: { 16: 126 } })
  assert.deepEqual(gapUs, { 16: 1 })
})

test('a parallel stretch waits for the kernel before it, and the kernel after it for all lanes', () => {
  const kernels = Array.from({ length: 8 }, () => kernel)
  const parallel = [{ first: 1, count: 6, chain: 2, lanes: 2 }]
  const waits = waitsOf({ ...profile, kernels, parallel })
  assert.deepEqual(waits, [[], [0], [1], [0], [3], [2], [5], [6, 4]])
  assert.equal(addUp({ ...profile, kernels, parallel }).kernelsUs, 6 * 20)
})
