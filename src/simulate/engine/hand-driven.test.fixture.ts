/** Dispatches kernels by hand: blocks that were placed stay until they are told to end. */
import fc from 'fast-check'
import { h200 } from '../../device/catalog/h200.js'
import type { Device } from '../../device/device.js'
import { RESOURCES } from '../model/kernel-cost.js'
import { type BlocksOnCells, createMachine, type Machine, move } from '../model/machine.js'
import { compile, type Program } from '../model/program.js'
import type { Run } from '../random-mix.test.fixture.js'
import { Dispatcher } from './dispatch.js'
import type { FreeSpace } from './free-space.js'

/** Granules of one compute unit each, so that a test can count what a worker occupies without the code under test. */
export const singles: Device = {
  ...h200,
  name: 'singles',
  granules: Array.from({ length: 40 }, () => ({ cus: 1, cluster: 0 })),
}

/** Blocks of one kernel that were placed together. */
interface Placed extends BlocksOnCells {
  readonly lane: number
  readonly row: number
}

/** Makes the `FreeSpace` under test. */
type MakeRoom<Room extends FreeSpace> = (machine: Machine, program: Program, run: Run) => Room

type Hand<Room extends FreeSpace> = ReturnType<typeof handDriven<Room>>

function handDriven<Room extends FreeSpace>(run: Run, makeRoom: MakeRoom<Room>) {
  const program = compile(run.scenario, run.plan, { tickShare: 1 / 8, waves: 32 })
  const machine = createMachine(program)
  const placed: Placed[] = []
  const room = makeRoom(machine, program, run)
  const dispatcher = new Dispatcher(machine, program, room, (lane, { cell, count, size }) => {
    const row = machine.row[lane]
    placed.push({
      lane,
      row,
      cell: cell.slice(0, size),
      count: count.slice(0, size),
      from: 0,
      size,
    })
  })
  return {
    program,
    machine,
    room,
    dispatcher,
    placed,
    /** Lanes whose kernel has no blocks left and none that run. */
    idle: (): number[] =>
      [...machine.running.keys()].filter(
        (lane) => machine.running[lane] === 0 && machine.undispatched[lane] === 0,
      ),
    /** Makes the kernel of a row pending. */
    enqueue(lane: number, row: number): void {
      machine.row[lane] = row
      machine.target[lane] = program.target[row]
      machine.undispatched[lane] = program.blocks[row]
      dispatcher.enqueue(lane)
    },
    /** Ends blocks that were placed together. */
    end(index: number): void {
      const [blocks] = placed.splice(index, 1)
      const { lane, row, count } = blocks
      move(machine, program, row, blocks, -1)
      machine.running[lane] -= count.reduce((sum, one) => sum + one, 0)
      dispatcher.freed(lane, blocks)
    },
    /** Compute units that hold a block of the worker. Each cell is one compute unit. */
    unitsOf(worker: number): Set<number> {
      const own = placed.filter(({ lane }) => program.workerOfLane[lane] === worker)
      return new Set(own.flatMap(({ cell, count }) => [...cell].filter((_, i) => count[i] > 0)))
    },
    /** How many blocks of a row's kernel still fit on one compute unit. */
    fits(row: number, cell: number): boolean {
      return [0, 1, 2, 3].every(
        (i) => machine.free[cell * RESOURCES + i] >= program.demand[row * RESOURCES + i],
      )
    },
  }
}

/** Starts and ends kernels as the numbers say, and checks the state after every dispatch. */
export function drive<Room extends FreeSpace>(
  run: Run,
  makeRoom: MakeRoom<Room>,
  choices: readonly number[],
  check: (hand: Hand<Room>, before: readonly Placed[]) => void,
): void {
  const hand = handDriven(run, makeRoom)
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

export const choices = fc.array(fc.nat({ max: 10_000 }), { minLength: 20, maxLength: 120 })
