import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../../device/catalog/h200.js'
import { type Device, totalCus, wholeDevice } from '../../device/device.js'
import { loadShippedProfile, shippedProfiles } from '../../io/library.js'
import { sum } from '../../numbers.js'
import { buildPlan, PoolBuilder } from '../../plan/build.js'
import { requestUs } from '../../profile/duration.js'
import { CLOSED_LOOP, type Scenario } from '../../workload/scenario.js'
import { CU_PARTS, RESOURCES } from '../model/kernel-cost.js'
import { createMachine, move } from '../model/machine.js'
import { compile } from '../model/program.js'
import { type Run, runsOn } from '../random-mix.test.fixture.js'
import { simulate } from '../simulate.js'
import { Dispatcher } from './dispatch.js'
import { ShareSpace } from './share-space.js'

/** Granules of one compute unit: what a worker occupies can be counted without the code under test. */
const singles: Device = {
  ...h200,
  name: 'singles',
  granules: Array.from({ length: 40 }, () => ({ cus: 1, cluster: 0 })),
}

const onSingles = runsOn(fc.constant({ device: singles, mechanism: 'mps' as const }))
const onGranules = runsOn(fc.constant({ device: h200, mechanism: 'mps' as const }))

/** Blocks of one kernel that were placed together. */
interface Placed {
  readonly lane: number
  readonly row: number
  readonly cells: Int16Array
  readonly counts: Int16Array
}

/** Dispatches kernels of a run by hand: what is placed stays until it is told to end. */
function handDriven({ scenario, plan }: Run) {
  const program = compile(scenario, plan, { tickShare: 1 / 8, waves: 32 })
  const machine = createMachine(program)
  const placed: Placed[] = []
  const room = new ShareSpace(machine, program)
  const dispatcher = new Dispatcher(machine, program, room, (lane, { cell, count, size }) => {
    const row = machine.row[lane]
    placed.push({ lane, row, cells: cell.slice(0, size), counts: count.slice(0, size) })
  })
  return {
    program,
    machine,
    room,
    dispatcher,
    placed,
    /** Lanes whose kernel has neither blocks left nor blocks that run. */
    idle: (): number[] =>
      [...machine.running.keys()].filter(
        (lane) => machine.running[lane] === 0 && machine.undispatched[lane] === 0,
      ),
    /** The kernel of a row becomes pending. */
    enqueue(lane: number, row: number): void {
      machine.row[lane] = row
      machine.undispatched[lane] = program.blocks[row]
      dispatcher.enqueue(lane)
    },
    /** Blocks that were placed together end. */
    end(index: number): void {
      const [{ lane, row, cells, counts }] = placed.splice(index, 1)
      move(machine, program, row, cells, counts, 0, cells.length, -1)
      machine.running[lane] -= counts.reduce((sum, count) => sum + count, 0)
      dispatcher.freed(lane, cells, counts, 0, cells.length)
    },
    /** Compute units that hold a block of the worker, each cell being one of them. */
    unitsOf(worker: number): Set<number> {
      const own = placed.filter(({ lane }) => program.workerOfLane[lane] === worker)
      return new Set(own.flatMap(({ cells, counts }) => [...cells].filter((_, i) => counts[i] > 0)))
    },
    /** Blocks of a row's kernel that one compute unit still has room for. */
    fits(row: number, cell: number): boolean {
      return [0, 1, 2, 3].every(
        (i) => machine.free[cell * RESOURCES + i] >= program.demand[row * RESOURCES + i],
      )
    },
  }
}

/** Starts and ends kernels as the numbers say, and checks after every dispatch. */
function drive(
  run: Run,
  choices: readonly number[],
  check: (hand: ReturnType<typeof handDriven>, before: readonly Placed[]) => void,
): void {
  const hand = handDriven(run)
  const { program, dispatcher, placed } = hand
  for (const choice of choices) {
    const idle = hand.idle()
    if (idle.length > 0 && (choice % 2 === 0 || placed.length === 0)) {
      const lane = idle[choice % idle.length]
      const worker = program.workerOfLane[lane]
      hand.enqueue(lane, program.firstRow[worker] + (choice % program.rowCount[worker]))
    } else if (placed.length > 0) hand.end(choice % placed.length)
    const before = [...placed]
    dispatcher.run()
    check(hand, before)
  }
}

const choices = fc.array(fc.nat({ max: 10_000 }), { minLength: 20, maxLength: 120 })

test('a worker never has more compute units busy than its share', () => {
  fc.assert(
    fc.property(onSingles, choices, (run, numbers) => {
      drive(run, numbers, ({ program, room, unitsOf }) => {
        for (let worker = 0; worker < program.workers; worker++) {
          const units = unitsOf(worker).size
          assert.ok(units <= program.share[worker], `${units} of ${program.share[worker]}`)
          assert.equal(room.busy[worker], units)
        }
      })
    }),
    { numRuns: 60 },
  )
})

test('blocks wait only where their worker or the device is full', () => {
  fc.assert(
    fc.property(onSingles, choices, (run, numbers) => {
      drive(run, numbers, ({ program, machine, unitsOf, fits }) => {
        const pending = [...machine.undispatched.keys()].filter((l) => machine.undispatched[l] > 0)
        const priority = (lane: number): number => program.priority[machine.row[lane]]
        const top = Math.max(...pending.map(priority))
        const first = pending.filter((lane) => priority(lane) === top)
        // Of several first ones any may be ahead of the others, but not all can be kept from room.
        const couldRun = first.filter((lane) => {
          const worker = program.workerOfLane[lane]
          const units = unitsOf(worker)
          const isFull = units.size >= program.share[worker]
          const open = isFull ? [...units] : [...machine.cus.keys()]
          return open.some((cell) => fits(machine.row[lane], cell))
        })
        assert.ok(first.length === 0 || couldRun.length < first.length)
      })
    }),
    { numRuns: 60 },
  )
})

test('no kernel overtakes one of higher priority that could use any compute unit', () => {
  fc.assert(
    fc.property(onSingles, choices, (run, numbers) => {
      drive(run, numbers, ({ program, machine, unitsOf, placed }, before) => {
        const priority = (row: number): number => program.priority[row]
        const waiting = [...machine.undispatched.keys()].filter((lane) => {
          const worker = program.workerOfLane[lane]
          return machine.undispatched[lane] > 0 && unitsOf(worker).size < program.share[worker]
        })
        const highest = Math.max(-1, ...waiting.map((lane) => priority(machine.row[lane])))
        for (const { row } of placed.filter((one) => !before.includes(one))) {
          assert.ok(priority(row) >= highest)
        }
      })
    }),
    { numRuns: 60 },
  )
})

test('what a worker holds of whole granules fits on its share of compute units', () => {
  fc.assert(
    fc.property(onGranules, choices, (run, numbers) => {
      drive(run, numbers, ({ program, machine, room, placed }) => {
        for (let worker = 0; worker < program.workers; worker++) {
          const parts = new Float64Array(machine.cells * RESOURCES)
          for (const { lane, row, cells, counts } of placed) {
            if (program.workerOfLane[lane] !== worker) continue
            cells.forEach((cell, i) => {
              for (let r = 0; r < RESOURCES; r++) {
                parts[cell * RESOURCES + r] += counts[i] * program.demand[row * RESOURCES + r]
              }
            })
          }
          // However blocks are spread, what they hold of a cell needs so many of its compute units.
          const least = sum(
            Array.from({ length: machine.cells }, (_, cell) =>
              Math.ceil(
                Math.max(...parts.subarray(cell * RESOURCES, (cell + 1) * RESOURCES)) / CU_PARTS,
              ),
            ),
          )
          assert.ok(least <= room.busy[worker])
          assert.ok(room.busy[worker] <= program.share[worker])
        }
      })
    }),
    { numRuns: 60 },
  )
})

for (const { model, batch } of shippedProfiles('h200')) {
  test(`${model}/${batch} alone in a process with a share of everything takes what was measured`, () => {
    const profile = loadShippedProfile('h200', model, batch, { file: 'test', path: '' })
    const worker = { name: 'w', profile, load: CLOSED_LOOP, minimumShare: 0 }
    const scenario: Scenario = {
      device: h200,
      workers: [{ ...worker, priorityClass: 'normal' }],
    }
    const us = 5000 + 3 * requestUs(profile, totalCus(h200))
    const [shared, pooled] = (['mps', 'pooled'] as const).map((mechanism) => {
      const pool = new PoolBuilder()
      const partition =
        mechanism === 'mps' ? pool.share(totalCus(h200), 0) : pool.pooled(wholeDevice(h200), 0)
      const plan = buildPlan(scenario, {
        mechanism,
        pool: pool.entries,
        groups: [[{ kernels: profile.kernels.length, partition, priority: 0 }]],
        evidence: { policy: 'test', parameters: {} },
      })
      return simulate(scenario, plan, { warmupUs: us, durationUs: us }).workers[0]
    })
    // Where nobody measured it under MPS, it takes what it takes without.
    const measuredUs = profile.mpsLatencyUs?.[totalCus(h200)] ?? 1e6 / pooled.requestsPerSecond
    const ratio = (shared.requestsPerSecond * measuredUs) / 1e6
    // What branches gain side by side is known less well.
    assert.ok(Math.abs(ratio - 1) < (profile.parallel ? 0.05 : 0.02), `${ratio}`)
  })
}
