import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../../device/catalog/h200.js'
import { totalCus } from '../../device/device.js'
import { windowOf } from '../../device/partition.js'
import { sum } from '../../numbers.js'
import { cellsOf } from './cells.js'

const granules = h200.granules.length
const anyWindow = fc
  .tuple(fc.nat(granules - 1), fc.integer({ min: 1, max: granules }))
  .map(([base, size]) => windowOf(base, size, granules))

test('granules are one cell if and only if they belong to the same partitions', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { maxLength: 6 }), (partitions) => {
      const { cellOfGranule, cus } = cellsOf(h200, partitions)
      for (let a = 0; a < granules; a++) {
        for (let b = 0; b < a; b++) {
          const alike = partitions.every((p) => p.includes(a) === p.includes(b))
          assert.equal(cellOfGranule[a] === cellOfGranule[b], alike)
        }
      }
      assert.equal(sum([...cus]), totalCus(h200))
    }),
  )
})

test('granules that each are a partition are a cell each', () => {
  const { cellOfGranule, cus } = cellsOf(
    h200,
    h200.granules.map((_, granule) => [granule]),
  )
  assert.deepEqual([...cellOfGranule], [...h200.granules.keys()])
  assert.deepEqual(
    [...cus],
    h200.granules.map((granule) => granule.cus),
  )
})
