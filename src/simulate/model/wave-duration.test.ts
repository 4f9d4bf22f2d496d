import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kernel } from '../../profile/profile.js'
import { waveDurationUs } from './wave-duration.js'

// 120 blocks, one on each compute unit: three waves of 10 us on 40 units, two of 11 us on 64.
const kernel = { durationUs: { '40': 30, '64': 22, '120': 12 } } as unknown as Kernel
const on = (cus: number): number => waveDurationUs(kernel, 120, 1, cus)

test('between measured counts the time of a wave is interpolated in 1 / units, and waves are whole', () => {
  const waveOn = (cus: number): number => 10 + (1 / 40 - 1 / cus) / (1 / 40 - 1 / 64)
  for (const [cus, waves] of [
    [41, 3],
    [59, 3],
    [60, 2],
    [63, 2],
  ])
    assert.ok(Math.abs(on(cus) - waves * waveOn(cus)) < 1e-9, `${on(cus)} on ${cus}`)
})

test('several blocks on a unit make fewer waves', () => {
  // Two waves of 15 us on 40 units, one of 22 us on 64, and two on 59, which has 118 places.
  const waveUs = 15 + (7 * (1 / 40 - 1 / 59)) / (1 / 40 - 1 / 64)
  assert.ok(Math.abs(waveDurationUs(kernel, 120, 2, 59) - 2 * waveUs) < 1e-9)
})

test('a measured time is taken as it is, and below it work is conserved', () => {
  assert.deepEqual([40, 64, 120, 132].map(on), [30, 22, 12, 12])
  assert.equal(on(20), 60)
})
