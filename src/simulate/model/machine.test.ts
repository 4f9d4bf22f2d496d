import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMachine, move } from './machine.js'
import type { Program } from './program.js'

/** Cells of 2, 1 and 4 compute units, and two kernels whose blocks ask for this much each. */
const CUS = Int32Array.of(2, 1, 4)
const DEMAND = Int32Array.of(...[5, 1, 7, 2], ...[3, 2, 0, 9])
const BLOCK_LOAD = Float64Array.of(0.25, 1.5)
const PROGRAM = {
  cells: { cus: CUS },
  lanes: 2,
  workers: 1,
  memoryShare: new Float64Array(1),
  demand: DEMAND,
  blockLoad: BLOCK_LOAD,
} as unknown as Program

/** A number of blocks of one of the kernels on each of the cells. */
const someBlocks = fc.record({
  row: fc.nat(1),
  counts: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
})

test('a cell holds the blocks put into it and gives what they take back, in any order', () => {
  fc.assert(
    fc.property(fc.array(someBlocks, { maxLength: 6 }), fc.nat(5), (all, kept) => {
      const machine = createMachine(PROGRAM)
      const moveAll = (blocks: typeof all, sign: 1 | -1): void => {
        for (const { row, counts } of blocks) {
          // The first of four is not theirs.
          const on = { cell: Int16Array.of(0, 0, 1, 2), count: Int16Array.of(9, ...counts) }
          move(machine, PROGRAM, row, { ...on, from: 1, size: 3 }, sign)
        }
      }
      moveAll(all, 1)
      moveAll(all.slice(kept), -1)
      const left = all.slice(0, kept)
      const held = CUS.map((_, c) => left.reduce((sum, { counts }) => sum + counts[c], 0))
      assert.deepEqual(machine.resident, held)
      assert.equal(
        machine.busyCus,
        held.reduce((sum, count, c) => sum + Math.min(count, CUS[c]), 0),
      )
      const idle = createMachine(PROGRAM)
      for (const c of CUS.keys()) {
        const load = left.reduce((sum, { row, counts }) => sum + counts[c] * BLOCK_LOAD[row], 0)
        assert.ok(Math.abs(machine.load[c] - load) < 1e-9)
        for (let resource = 0; resource < 4; resource++) {
          const taken = left.reduce(
            (sum, { row, counts }) => sum + counts[c] * DEMAND[4 * row + resource],
            0,
          )
          assert.equal(machine.free[4 * c + resource], idle.free[4 * c + resource] - taken)
          assert.equal(idle.free[4 * c + resource], idle.free[0] * (CUS[c] / CUS[0]))
        }
      }
    }),
  )
})

test('an idle device holds nothing, and nobody runs on it', () => {
  const { busyCus, blocks, active, codeOn, target } = createMachine(PROGRAM)
  assert.deepEqual([busyCus, blocks, active], [0, 0, 0])
  assert.deepEqual([...codeOn, ...target], [-1, -1, -1, -1, -1])
})
