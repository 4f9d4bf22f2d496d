import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { weightedBatches } from '../schedule/partitions/batch-sizes.js'
import {
  checkTargetIsReachable,
  kneeBatch,
  largestBatchWithin,
  type PartitionSize,
  parisSegments,
} from './paris.js'

function size(name: string, computeSlices: number, latencyUs: readonly number[]): PartitionSize {
  return {
    name,
    computeSlices,
    cus: computeSlices * 16,
    latencyUs: Float64Array.of(0, ...latencyUs),
  }
}

/**
 * Small: its best throughput is 1/100, from batch 1 on. Large: it first reaches 80% of its best, 4/100, at batch 4.
 */
const small = size('1g', 1, [100, 200, 300, 400])
const large = size('7g', 7, [50, 60, 80, 100])
const even = weightedBatches(
  [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 1],
  ],
  4,
  'test',
)

test('the knee is the first batch at 80% of the best throughput', () => {
  assert.equal(kneeBatch(small.latencyUs), 1)
  // Throughputs are 0.020, 0.033, 0.0375 and 0.040, so 0.032 is passed at batch 2.
  assert.equal(kneeBatch(large.latencyUs), 2)
  assert.equal(kneeBatch(large.latencyUs, 0.9), 3)
  // Batch 1 has exactly half of the best throughput.
  assert.equal(kneeBatch(Float64Array.of(0, 2, 2), 0.5), 1)
})

test('segments, demand and fractional instances by hand', () => {
  const [first, second] = parisSegments([small, large], even, 1000, 14)
  assert.deepEqual([first.from, first.to, first.share], [1, 1, 0.25])
  assert.deepEqual([second.from, second.to, second.share], [2, 4, 0.75])
  assert.equal(first.demandUs, 25)
  assert.equal(second.demandUs, (60 + 80 + 100) / 4)
  // 25 * 1 + 60 * 7 = 445 slice-us per request, and 14 slices split as 25/445 and 60/445 per unit.
  assert.ok(Math.abs(first.fractional - (25 * 14) / 445) < 1e-12)
  assert.ok(Math.abs(second.fractional - (60 * 14) / 445) < 1e-12)
  const slices = first.fractional + 7 * second.fractional
  assert.ok(Math.abs(slices - 14) < 1e-12)
})

test('a size gets no batch that it cannot finish within the target', () => {
  const [first, second] = parisSegments([small, large], even, 99, 7)
  assert.ok(first.to < first.from)
  assert.deepEqual([first.demandUs, first.fractional], [0, 0])
  assert.deepEqual([second.from, second.to], [1, 4])
  assert.equal(largestBatchWithin(small.latencyUs, 250), 2)
  assert.equal(largestBatchWithin(small.latencyUs, 99), 0)
  assert.equal(largestBatchWithin(small.latencyUs, small.latencyUs[1]), 1)
})

test('batches that nobody sends are ignored', () => {
  const [ones] = parisSegments([large], weightedBatches([[1, 1]], 1, 'test'), 1000, 7)
  assert.deepEqual([ones.kneeBatch, ones.from, ones.to], [1, 1, 1])
  // Up to batch 3 the best throughput is 0.0375, and batch 2 reaches 89% of that.
  const threes = weightedBatches([[3, 1]], 3, 'test')
  const [first, second] = parisSegments([large, large], threes, 65, 14)
  assert.deepEqual([first.kneeBatch, first.to, second.from, second.to], [2, 2, 3, 3])
})

test('segments cover every batch once, whatever the knees and the target', () => {
  const row = fc
    .array(fc.integer({ min: 1, max: 200 }), { minLength: 4, maxLength: 4 })
    .map((us) => us.sort((a, b) => a - b))
  const rows = fc.array(row, { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 200 }), (latencies, slaUs) => {
      const sizes = latencies.map((us, k) => size(`${k}`, k + 1, us))
      const segments = parisSegments(sizes, even, slaUs, 7)
      const covered = segments.flatMap(({ from, to }) =>
        Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i),
      )
      assert.deepEqual(covered, [1, 2, 3, 4])
    }),
  )
})

test('a target that no partition can meet is refused, and the error names the least possible one', () => {
  const asked = { distribution: even, slaUs: 80, quantile: 0.95 }
  checkTargetIsReachable([small, large], { ...asked, slaUs: 100 })
  // Batch 4 may be late if a quarter of the requests may.
  checkTargetIsReachable([small, large], { ...asked, quantile: 0.75 })
  assert.throws(
    () => checkTargetIsReachable([small, large], asked, '--sla'),
    (error) => {
      assert.ok(error instanceof InputError)
      assert.match(error.message, /--sla: expected at least 0\.100 ms.*found 0\.080 ms.*p95/)
      return true
    },
  )
})

test('a target is reachable if enough requests are in time on some size, and the least such target is named', () => {
  const us = fc.integer({ min: 1, max: 9 })
  const ascending = fc
    .array(us, { minLength: 6, maxLength: 6 })
    .map((row) => row.sort((a, b) => a - b))
  const weights = fc.array(fc.nat(4), { minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(
      ascending,
      ascending,
      weights,
      us,
      fc.integer({ min: 1, max: 19 }),
      (a, b, shares, sla, q) => {
        const total = shares.reduce((sum, share) => sum + share, 0)
        fc.pre(total > 0)
        const inTime = (limit: number): number =>
          shares.filter((_, i) => Math.min(a[i], b[i]) <= limit).reduce((sum, n) => sum + n, 0)
        const isMet = (limit: number): boolean => 20 * inTime(limit) >= q * total
        const distribution = weightedBatches(
          shares.map((share, i) => [i + 1, share]),
          6,
          'test',
        )
        const ask = (): void =>
          checkTargetIsReachable([size('a', 1, a), size('b', 7, b)], {
            distribution,
            slaUs: sla,
            quantile: q / 20,
          })
        if (isMet(sla)) return ask()
        const least = [1, 2, 3, 4, 5, 6, 7, 8, 9].find(isMet)
        const found = `found 0.00${sla} ms, which no partition can meet for p${5 * q}$`
        assert.throws(ask, { message: new RegExp(`at least 0\\.00${least} ms.*${found}`) })
      },
    ),
  )
})
