import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EnergyMeter } from '../model/energy.js'
import { createMachine, move } from '../model/machine.js'
import { compile } from '../model/program.js'
import { anyRun } from '../random-mix.test.fixture.js'
import { Clock, subjectOf } from './clock.js'
import { Execution } from './execution.js'

/** The blocks that one kernel puts on each cell, again and again at the same time. */
const placements = fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }), {
  minLength: 1,
  maxLength: 12,
})

test('blocks leave the cells on which they were put, and the kernel ends with the last of them', () => {
  fc.assert(
    fc.property(anyRun, placements, ({ scenario, plan }, counts) => {
      const { device } = scenario
      const program = compile(scenario, plan, { tickShare: 1 / 2, waves: 3 })
      const machine = createMachine(program)
      machine.startUs[0] = -1
      const idle = structuredClone({ ...machine, startUs: [], codeOn: [] })
      const clock = new Clock()
      const put = new Int32Array(machine.cells)
      const left = new Int32Array(machine.cells)
      let ends = 0
      const execution = new Execution({
        ...{ clock, device, machine, program },
        meter: new EnergyMeter(machine),
        freed: (lane, { cell, count, from, size }) => {
          assert.deepEqual([lane, ends], [0, 0])
          for (let i = from; i < from + size; i++) left[cell[i]] += count[i]
        },
        endKernel: (lane) => {
          assert.equal(lane, 0)
          ends++
        },
      })
      for (const own of counts) {
        const count = Int16Array.from(put, (_, i) => own[i % own.length])
        const blocks = count.reduce((sum, one) => sum + one, 0)
        if (blocks === 0) continue
        const cell = Int16Array.from(put.keys())
        const placement = { cell, count, from: 0, size: machine.cells, blocks }
        move(machine, program, 0, placement, 1)
        machine.running[0] += blocks
        execution.start(0, placement)
        for (const [i, one] of count.entries()) put[i] += one
      }
      const wasStarted = machine.running[0] > 0
      while (clock.nextUs < Number.POSITIVE_INFINITY) {
        clock.nowUs = clock.nextUs
        execution.end(subjectOf(clock.next()))
      }
      assert.deepEqual(left, put)
      assert.equal(ends, wasStarted ? 1 : 0)
      assert.deepEqual({ ...machine, startUs: [], codeOn: [] }, idle)
    }),
  )
})
