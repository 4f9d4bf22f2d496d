import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../../device/catalog/h200.js'
import { mi50 } from '../../device/catalog/mi50.js'
import { offeredCus, totalCus } from '../../device/device.js'
import { loadShippedProfile, shippedProfiles } from '../../io/library.js'
import { mean } from '../../numbers.js'
import { type KernelOnWhole, scaledCounts, scaledDurations, WAVE_MODEL } from './scale.js'
import { scaleError } from './scale-error.js'

const kernel = (overrides: Partial<KernelOnWhole> = {}): KernelOnWhole => ({
  ...{ name: 'k', grid: [1000, 1, 1], block: [256, 1, 1], registers: 32, sharedMemoryBytes: 0 },
  wholeUs: 100,
  ...overrides,
})

test('durations are given for as many counts as are measured, including the whole device', () => {
  assert.deepEqual(scaledCounts(h200), [8, 16, 24, 32, 48, 64, 96, 132])
  assert.deepEqual(scaledCounts(mi50), [4, 8, 12, 15, 23, 30, 45, 60])
  const turned = { ...h200, granules: h200.granules.toReversed() }
  assert.ok(scaledCounts(turned).every((count) => offeredCus(turned).includes(count)))
})

test('on the whole device a kernel takes what was recorded, and on fewer units never less', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 1024 }),
      fc.double({ min: 0.1, max: 1e5, noNaN: true }),
      (blocks, threads, wholeUs) => {
        const shape = { grid: [blocks, 1, 1], block: [threads, 1, 1], wholeUs } as const
        const byCus = scaledDurations(
          h200,
          kernel({ ...shape, grid: [blocks, 1, 1], block: [threads, 1, 1] }),
        )
        const counts = scaledCounts(h200)
        assert.ok(Math.abs(byCus[totalCus(h200)] - wholeUs) <= 0.001)
        assert.ok(counts.every((cus, i) => i === 0 || byCus[cus] <= byCus[counts[i - 1]]))
        assert.ok(byCus[8] <= (132 / 8 + 1) * wholeUs)
      },
    ),
  )
})

test('a kernel that neither fills a unit nor outlasts the floor takes as long on any number of units', () => {
  const flat = { 8: 5, 16: 5, 24: 5, 32: 5, 48: 5, 64: 5, 96: 5, 132: 5 }
  assert.deepEqual(scaledDurations(h200, kernel({ grid: [8, 1, 1], wholeUs: 5 })), flat)
  assert.equal(scaledDurations(h200, kernel({ wholeUs: 0.5 }))[8], 0.5)
})

test('waves, the fixed share and the floor follow the model', () => {
  // 8 blocks of 256 threads fit on a unit, and 4.8 make it busy. 1056 blocks are 8
  // on each unit, or 66 on each of 16.
  const { 16: us } = scaledDurations(h200, kernel({ grid: [1056, 1, 1], wholeUs: 10.8 }))
  assert.equal(us, Number((0.8 + 10 * (0.3 + 0.7 * (66 / 8))).toFixed(3)))
  // 4 blocks on each of all units do not keep them busy, but 9 on each of 64 do.
  const { 64: idler } = scaledDurations(h200, kernel({ grid: [528, 1, 1], wholeUs: 10.8 }))
  assert.equal(idler, Number((0.8 + 10 * (0.3 + 0.7 * (9 / 4.8))).toFixed(3)))
  const half = scaledDurations(h200, kernel({ grid: [132, 1, 1], wholeUs: 10.8 }), {
    ...WAVE_MODEL,
    busyShare: 1 / 8,
    fixedShare: 0.5,
    floorUs: 0,
  })
  assert.equal(half[8], Number((10.8 * (0.5 + 0.5 * 17)).toFixed(3)))
})

test('counts for which nothing was measured are left out', () => {
  const measured = loadShippedProfile('h200', 'alexnet', 8, { file: 'test', path: '' })
  const kernels = measured.kernels.map(({ durationUs, ...one }) => ({
    ...one,
    durationUs: { 64: durationUs[64], 132: durationUs[132] },
  }))
  const { byCus, request, bias } = scaleError({ ...measured, kernels }, h200)
  assert.deepEqual(byCus, { 64: scaleError(measured, h200).byCus[64] })
  assert.deepEqual([request, bias], [Math.abs(byCus[64]), byCus[64]])
})

test('recorded profiles are predicted from the whole device as closely as is claimed', () => {
  const errors = shippedProfiles('h200').map(({ model, batch }) =>
    scaleError(loadShippedProfile('h200', model, batch, { file: 'test', path: '' }), h200),
  )
  assert.ok(mean(errors.map(({ request }) => request)) < 0.056)
  assert.ok(mean(errors.map(({ kernel: one }) => one)) < 0.14)
  assert.ok(Math.abs(mean(errors.map(({ bias }) => bias))) < 0.02)
})
