import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Machine } from '../model/machine.js'
import { createPlacement, keepRoomiest } from './placement.js'

/** The number of blocks, out of this many, that each of these cells gets. */
function cutDown(cus: readonly number[], room: readonly number[], blocks: number): number[] {
  const placement = createPlacement(cus.length)
  placement.size = room.length
  placement.blocks = blocks
  placement.cell.set([...room.keys()])
  placement.count.set(room)
  const machine = { cus: Int32Array.from(cus) } as Machine
  keepRoomiest(machine, placement, new Int16Array(cus.length))
  return [...placement.count.subarray(0, room.length)]
}

test('blocks go to the cells with the most room for each unit, until these are level', () => {
  // 14 places less 6 blocks leave 2 for each of 4 units.
  assert.deepEqual(cutDown([1, 1, 2], [5, 3, 6], 6), [3, 1, 2])
  // The first cell has more room than all blocks need.
  assert.deepEqual(cutDown([1, 1, 2], [9, 1, 2], 4), [4, 0, 0])
  // The first cell is below the level of 5 that the others reach.
  assert.deepEqual(cutDown([1, 1, 1], [1, 9, 9], 8), [0, 4, 4])
  // 1.5 for each unit: whole blocks first, and the remaining one goes to the first cell with room.
  assert.deepEqual(cutDown([1, 1, 2], [4, 2, 4], 4), [3, 0, 1])
  assert.deepEqual(cutDown([2, 2], [2, 2], 1), [1, 0])
})

test('all blocks are placed, none beyond its room, and room is level to within a block', () => {
  const cell = fc.record({
    cus: fc.integer({ min: 1, max: 8 }),
    room: fc.integer({ min: 1, max: 40 }),
  })
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (cells, share) => {
        const cus = cells.map((one) => one.cus)
        const room = cells.map((one) => one.room)
        const total = room.reduce((a, b) => a + b, 0)
        const blocks = Math.max(1, Math.floor(share * total))
        const given = cutDown(cus, room, blocks)
        assert.equal(
          given.reduce((a, b) => a + b, 0),
          blocks,
        )
        given.forEach((n, i) => {
          assert.ok(n >= 0 && n <= room[i])
          // The level is a fraction, so a cell may get one block more or less than brings it there.
          if (n <= 1) return
          given.forEach((m, j) => {
            const fullest = (room[i] - n + 1) / cus[i]
            assert.ok(fullest >= (room[j] - m - 1) / cus[j] - 1e-9)
          })
        })
      },
    ),
  )
})
