import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Targets } from './targets.js'

/** Six granules in four cells: no kernel can tell 0 and 1 apart, nor 4 and 5. */
const CELLS = Int32Array.of(0, 0, 1, 2, 3, 3)

function cellsOf(targets: Targets, target: number): number[] {
  const first = target * targets.cells
  return [...targets.lists.subarray(first, first + targets.size(target))]
}

test('a target holds each cell of its granules once', () => {
  const targets = new Targets(CELLS, [[0, 1, 2], [5]], 1)
  assert.equal(targets.cells, 4)
  assert.deepEqual(cellsOf(targets, 0), [0, 1])
  assert.deepEqual(cellsOf(targets, 1), [3])
  assert.deepEqual([...targets.members.subarray(0, 8)], [1, 1, 0, 0, 0, 0, 0, 1])
})

test('the target of a lane is what was placed last', () => {
  const targets = new Targets(CELLS, [[0]], 2)
  assert.equal(targets.place(1, CELLS, [3, 4, 5]), 2)
  assert.deepEqual(cellsOf(targets, 2), [2, 3])
  assert.equal(targets.place(1, CELLS, [2]), 2)
  assert.deepEqual(cellsOf(targets, 2), [1])
  assert.deepEqual([...targets.members.subarray(4, 12)], [0, 0, 0, 0, 0, 1, 0, 0])
  assert.equal(targets.size(1), 0)
})

test('a partition covers those whose cells it holds; for lanes only their own are known', () => {
  const granules = fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 })
  fc.assert(
    fc.property(fc.array(granules, { minLength: 1, maxLength: 5 }), (partitions) => {
      const targets = new Targets(CELLS, partitions, 2)
      targets.place(0, CELLS, [0])
      const all = partitions.length + 2
      for (let a = 0; a < all; a++) {
        for (let b = 0; b < all; b++) {
          const pooled = a < partitions.length && b < partitions.length
          const held = new Set(cellsOf(targets, a))
          const within = cellsOf(targets, b).every((cell) => held.has(cell))
          assert.equal(targets.covers(a, b), a === b || (pooled && within), `${a} and ${b}`)
        }
      }
    }),
  )
})
