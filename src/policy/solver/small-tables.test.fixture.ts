import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { CostTable } from './cost-table.js'

const CUS = [15, 30, 60]

/** Every assignment of kernels to streams within a switch budget, as (time, average, switches). */
export function assignments({ kernels, streams, us, cus }: CostTable, budget: number) {
  const found: { timeUs: number; averageCus: number; switches: number }[] = []
  const extend = (k: number, last: number, timeUs: number, sumCus: number, n: number): void => {
    if (n > budget) return
    if (k === kernels) {
      found.push({ timeUs, averageCus: sumCus / kernels, switches: n })
      return
    }
    for (let s = 0; s < streams; s++) {
      const changes = k > 0 && s !== last ? 1 : 0
      extend(k + 1, s, timeUs + us[k * streams + s], sumCus + cus[s], n + changes)
    }
  }
  extend(0, -1, 0, 0, 0)
  return found
}

/** Asserts that two numbers are equal apart from rounding. */
export function close(actual: number, expected: number): void {
  const relative = Math.abs(actual - expected) / Math.abs(expected)
  assert.ok(relative < 1e-9, `${actual} against ${expected}`)
}

const durationUs = fc.double({ min: 0.5, max: 50, noNaN: true })

/** Tables of a few kernels. Durations need not fall with CUs, since measured ones sometimes do not. */
export const tableOf = (mostKernels: number): fc.Arbitrary<CostTable> =>
  fc.integer({ min: 1, max: mostKernels }).chain((kernels) =>
    fc.array(durationUs, { minLength: kernels * 3, maxLength: kernels * 3 }).map((us) => ({
      kernels,
      streams: 3,
      us: Float64Array.from(us),
      cus: Float64Array.from(CUS),
    })),
  )
