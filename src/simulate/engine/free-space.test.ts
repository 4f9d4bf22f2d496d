import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import { Targets } from '../model/targets.js'
import { runsOn } from '../random-mix.test.fixture.js'
import { PartitionSpace } from './free-space.js'
import { choices, drive, singles } from './hand-driven.test.fixture.js'

const runs = runsOn(fc.constant({ device: singles, mechanism: 'pooled' as const }))

const partitions = (machine: Machine, program: Program): PartitionSpace =>
  new PartitionSpace(
    machine,
    program,
    new Targets(program.cells.cellOfGranule, program.targets, program.lanes),
  )

/** The cells of a row's partition, read from the granules of the plan. */
function cellsOf({ cells, targets, target }: Program, row: number): number[] {
  return targets[target[row]].map((granule) => cells.cellOfGranule[granule])
}

test('blocks are placed if their partition has room, and wait only if it has none', () => {
  fc.assert(
    fc.property(runs, choices, (run, numbers) => {
      drive(run, partitions, numbers, ({ program, machine, placed, fits }) => {
        assert.ok(machine.free.every((parts) => parts >= 0))
        for (const { row, cell: cells, count } of placed) {
          const own = cellsOf(program, row)
          assert.ok(cells.every((cell, i) => count[i] === 0 || own.includes(cell)))
        }
        const pending = [...machine.undispatched.keys()].filter((l) => machine.undispatched[l] > 0)
        const priority = (lane: number): number => program.priority[machine.row[lane]]
        const top = Math.max(...pending.map(priority))
        const first = pending.filter((lane) => priority(lane) === top)
        // Of several kernels in front, any may be ahead of the others, but not all can be kept from room.
        const couldRun = first.filter((lane) =>
          cellsOf(program, machine.row[lane]).some((cell) => fits(machine.row[lane], cell)),
        )
        assert.ok(first.length === 0 || couldRun.length < first.length)
      })
    }),
    { numRuns: 100 },
  )
})

test('no kernel overtakes one of higher priority on units that both may use', () => {
  fc.assert(
    fc.property(runs, choices, (run, numbers) => {
      drive(run, partitions, numbers, ({ program, machine, placed }, before) => {
        const waiting = [...machine.undispatched.keys()]
          .filter((lane) => machine.undispatched[lane] > 0)
          .map((lane) => machine.row[lane])
        for (const { row, cell: cells, count } of placed.filter((one) => !before.includes(one))) {
          const used = [...cells].filter((_, i) => count[i] > 0)
          for (const other of waiting) {
            if (program.priority[other] <= program.priority[row]) continue
            assert.ok(!cellsOf(program, other).some((cell) => used.includes(cell)))
          }
        }
      })
    }),
    { numRuns: 100 },
  )
})
