import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activityOf } from './activity.js'
import type { KernelCost } from './kernel-cost.js'

/** This many kernels of 10 us each, which together keep a share of 100 compute units busy. */
const kernels = (count: number, durationUs: number, load: number): readonly KernelCost[] =>
  Array.from({ length: count }, () => {
    const blocks = 20
    return { blocks, blockWorkCuUs: (load * 100 * durationUs) / blocks, durationUs } as KernelCost
  })

test('a load of an eighth of the device with a kernel every 10 us holds others up fully, a smaller one less', () => {
  const cases: readonly (readonly [activity: number, durationUs: number, load: number])[] = [
    [1, 10, 1 / 8],
    [1, 5, 1],
    [0.5, 10, 1 / 16],
    [0.25, 40, 1],
    [0.125, 40, 1 / 16],
  ]
  for (const [activity, durationUs, load] of cases) {
    for (const count of [1, 3]) {
      const found = activityOf(kernels(count, durationUs, load), 100)
      assert.ok(Math.abs(found - activity) < 1e-12, `${found} for ${activity}`)
    }
  }
})
