import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  contains,
  difference,
  equals,
  formatPartition,
  intersection,
  isSubsetOf,
  overlaps,
  partitionOf,
  union,
  windowOf,
} from './partition.js'

const GRANULES = 16
const partitions = fc
  .array(fc.integer({ min: 0, max: GRANULES - 1 }), { maxLength: GRANULES })
  .map(partitionOf)

test('a partition is ascending and holds each granule once', () => {
  assert.deepEqual(partitionOf([3, 1, 3, 2]), [1, 2, 3])
})

test('windows wrap past the last granule', () => {
  assert.deepEqual(windowOf(14, 4, GRANULES), [0, 1, 14, 15])
  assert.deepEqual(windowOf(-1, 2, GRANULES), [0, 15])
  assert.deepEqual(windowOf(5, 99, 3), [0, 1, 2])
})

test('set algebra agrees with membership', () => {
  fc.assert(
    fc.property(partitions, partitions, (a, b) => {
      for (let g = 0; g < GRANULES; g++) {
        const [inA, inB] = [contains(a, g), contains(b, g)]
        assert.equal(contains(union(a, b), g), inA || inB)
        assert.equal(contains(intersection(a, b), g), inA && inB)
        assert.equal(contains(difference(a, b), g), inA && !inB)
      }
    }),
  )
})

test('subset, overlap and equality follow from the algebra', () => {
  fc.assert(
    fc.property(partitions, partitions, (a, b) => {
      assert.equal(isSubsetOf(a, b), equals(union(a, b), b))
      assert.equal(overlaps(a, b), intersection(a, b).length > 0)
      assert.equal(equals(a, b), isSubsetOf(a, b) && isSubsetOf(b, a))
    }),
  )
})

test('runs of granules are written as ranges', () => {
  assert.equal(formatPartition([0, 1, 2, 3, 8, 14, 15]), '0-3,8,14-15')
  assert.equal(formatPartition([]), '')
})
