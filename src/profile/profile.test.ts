import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { lookUpUs, measuredCus, requestUs, totalUs } from './duration.js'
import { occupancy } from './occupancy.js'
import { blockThreads, gridBlocks, type Kernel, type Profile, profileSchema } from './profile.js'
import { modelRightSize, rightSize } from './right-size.js'

function kernel(overrides: Partial<Kernel> = {}): Kernel {
  return {
    name: 'gemm',
    grid: [100, 2, 1],
    block: [128, 1, 1],
    registers: 32,
    sharedMemoryBytes: 0,
    durationUs: { '8': 80, '16': 42, '64': 12, '132': 11.8 },
    ...overrides,
  }
}

function profile(overrides: Partial<Profile> = {}): Profile {
  return {
    format: 'eclip.profile/1',
    model: 'm',
    batch: 8,
    device: 'h200',
    source: 'measured',
    kernels: [kernel(), kernel({ durationUs: { '8': 5, '132': 5 } })],
    ...overrides,
  }
}

test('parallel stretches may follow one another up to the last kernel, but may not overlap', () => {
  const accepts = (...starts: readonly number[]): boolean => {
    const parallel = starts.map((first) => ({ first, count: 2, chain: 1, lanes: 2 }))
    const kernels = Array.from({ length: 5 }, () => kernel())
    return profileSchema.safeParse(profile({ kernels, parallel })).success
  }
  assert.deepEqual([accepts(0, 2), accepts(1, 3), accepts(3)], [true, true, true])
  assert.deepEqual([accepts(0, 1), accepts(3, 0), accepts(4)], [false, false, false])
})

test('a measured count is looked up as it is; below the range work is conserved, above it the last time holds', () => {
  const { durationUs } = kernel()
  for (const [cus, us] of [
    [8, 80],
    [16, 42],
    [132, 11.8],
  ])
    assert.equal(lookUpUs(durationUs, cus), us)
  assert.equal(lookUpUs(durationUs, 4), 160)
  assert.equal(lookUpUs(durationUs, 200), 11.8)
})

test('between two measured counts a duration stays in their range, and follows work / cus', () => {
  assert.equal(lookUpUs({ '10': 100, '20': 50 }, 15).toFixed(6), (1000 / 15).toFixed(6))
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 1e4, noNaN: true }), { minLength: 2, maxLength: 8 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (durations, place) => {
        const table = Object.fromEntries(durations.map((us, i) => [8 * (i + 1), us]))
        const cus = 8 + place * 8 * (durations.length - 1)
        const low = Math.min(durations.length - 2, Math.floor(cus / 8) - 1)
        const us = lookUpUs(table, cus)
        const [a, b] = [durations[low], durations[low + 1]]
        assert.ok(us >= Math.min(a, b) - 1e-9 && us <= Math.max(a, b) + 1e-9)
      },
    ),
  )
})

test('totals sum kernels, but a measured request latency takes precedence', () => {
  assert.equal(totalUs(profile(), 16), 47)
  assert.equal(requestUs(profile(), 16), 47)
  assert.equal(requestUs(profile({ latencyUs: { '16': 40 } }), 16), 40)
  assert.deepEqual(measuredCus(profile()), [8, 16, 64, 132])
  const apart: Kernel['durationUs'][] = [
    { '16': 5, '132': 5 },
    { '8': 5, '64': 5 },
  ]
  const kernels = apart.map((durationUs) => kernel({ durationUs }))
  assert.deepEqual(measuredCus(profile({ kernels })), [8, 16, 64, 132])
})

test('the right-size is the fewest CUs within the tolerance of the best time', () => {
  const offered = [8, 16, 64, 132]
  assert.equal(rightSize(kernel(), offered), 64)
  assert.equal(rightSize(kernel(), offered, { relative: 0, absoluteUs: 0 }), 132)
  assert.equal(rightSize(kernel({ durationUs: { '8': 5 } }), offered), 8)
  assert.equal(modelRightSize(profile(), offered), 64)
})

test('a tolerance is exact to its last microsecond: 5% and 0.3 us unless said otherwise', () => {
  const offered = [8, 132]
  const sizeAt = (us: number, ...tolerance: { relative: number; absoluteUs: number }[]): number =>
    rightSize(kernel({ durationUs: { '8': us, '132': 100 } }), offered, ...tolerance)
  assert.deepEqual([sizeAt(105.29), sizeAt(105.31)], [8, 132])
  const half = { relative: 0.5, absoluteUs: 1 }
  assert.deepEqual([sizeAt(151, half), sizeAt(151.01, half)], [8, 132])
})

test('occupancy is limited by the scarcest resource of a compute unit', () => {
  const cases: [Partial<Kernel>, number, string][] = [
    [{ registers: 32 }, 16, 'threads'],
    [{ registers: 255 }, 2, 'registers'],
    [{ registers: 32, sharedMemoryBytes: 100_000 }, 2, 'sharedMemory'],
    [{ registers: 16, block: [32, 1, 1] }, 32, 'blocks'],
    [{ registers: 255, block: [1024, 1, 1] }, 1, 'registers'],
    // Threads come in whole warps, and the rest of a compute unit holds no block.
    [{ registers: 16, block: [100, 1, 1] }, 16, 'threads'],
    [{ registers: 16, block: [768, 1, 1] }, 2, 'threads'],
    [{ registers: 0 }, 16, 'threads'],
  ]
  for (const [overrides, blocksPerCu, limitedBy] of cases) {
    assert.deepEqual(occupancy(h200, kernel(overrides)), { blocksPerCu, limitedBy })
  }
})

test('grid and block sizes multiply out', () => {
  assert.equal(gridBlocks(kernel()), 200)
  assert.equal(blockThreads(kernel({ block: [16, 8, 2] })), 256)
})

test('the schema refuses kernels without durations', () => {
  assert.ok(profileSchema.safeParse(profile()).success)
  const one = profile({ kernels: [kernel({ durationUs: { 132: 5 } })] })
  assert.ok(profileSchema.safeParse(one).success)
  assert.ok(!profileSchema.safeParse(profile({ kernels: [kernel({ durationUs: {} })] })).success)
  const endless = kernel({ durationUs: { 132: 1e300 } })
  assert.ok(!profileSchema.safeParse(profile({ kernels: [endless] })).success)
})
