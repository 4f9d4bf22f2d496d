import { CU_PARTS, RESOURCES } from './kernel-cost.js'
import type { Program } from './program.js'

/**
 * The device while it runs: what each cell of compute units holds, and where each lane's kernel stands. A
 * lane runs one kernel at a time; a worker has one lane, or more where its profile branches. Times
 * in µs. Every array is allocated once; the hot loop only writes into them.
 */
export interface Machine {
  readonly cells: number
  /** Compute units of a cell. */
  readonly cuPerCell: number
  /** Free parts of each cell, RESOURCES values each. */
  readonly free: Int32Array
  /** Resident blocks of each cell. */
  readonly resident: Int32Array
  /** Throughput asked for by the resident blocks of each cell, in compute units. */
  readonly load: Float64Array
  /** Model whose code each cell last started; -1 for none. */
  readonly codeOn: Int32Array
  /** Compute units that hold at least one block, blocks being spread. */
  busyCus: number
  /** Blocks on the device. */
  blocks: number
  /** Share of the memory bandwidth asked for by all resident blocks. */
  memory: number

  /** Row of the kernel each lane is at. */
  readonly row: Int32Array
  readonly undispatched: Int32Array
  readonly running: Int32Array
  /** First dispatch of the lane's kernel; negative before it. */
  readonly startUs: Float64Array
  /** When the host started to launch the worker's request. */
  readonly requestStartUs: Float64Array
  /** Share of the memory bandwidth asked for by the lane's blocks. */
  readonly memoryOf: Float64Array
  /** Partition the lane's kernel runs on: an index of the program's targets. */
  readonly target: Int32Array
  /** Workers with a request in flight, and the sum of their activities. */
  active: number
  activity: number
  /** When the device-wide switch path is free again. */
  switchFreeUs: number
}

/** An idle device. */
export function createMachine(program: Program): Machine {
  const cells = program.granuleOfCell.length
  const { lanes, cuPerCell } = program
  return {
    cells,
    cuPerCell,
    free: new Int32Array(cells * RESOURCES).fill(CU_PARTS * cuPerCell),
    resident: new Int32Array(cells),
    load: new Float64Array(cells),
    codeOn: new Int32Array(cells).fill(-1),
    busyCus: 0,
    blocks: 0,
    memory: 0,
    row: new Int32Array(lanes),
    undispatched: new Int32Array(lanes),
    running: new Int32Array(lanes),
    startUs: new Float64Array(lanes),
    requestStartUs: new Float64Array(program.workers),
    memoryOf: new Float64Array(lanes),
    target: new Int32Array(lanes).fill(-1),
    active: 0,
    activity: 0,
    switchFreeUs: 0,
  }
}

/** Puts `count` blocks of a row's kernel in a cell. */
export function occupy(
  machine: Machine,
  program: Program,
  row: number,
  cell: number,
  count: number,
): void {
  const { free, resident, load } = machine
  const { demand } = program
  const to = cell * RESOURCES
  const from = row * RESOURCES
  free[to] -= count * demand[from]
  free[to + 1] -= count * demand[from + 1]
  free[to + 2] -= count * demand[from + 2]
  free[to + 3] -= count * demand[from + 3]
  const before = resident[cell]
  resident[cell] = before + count
  machine.busyCus +=
    Math.min(machine.cuPerCell, before + count) - Math.min(machine.cuPerCell, before)
  load[cell] += count * program.blockLoad[row]
}

/** Takes `count` blocks of a row's kernel out of a cell. */
export function vacate(
  machine: Machine,
  program: Program,
  row: number,
  cell: number,
  count: number,
): void {
  const { free, resident, load } = machine
  const { demand } = program
  const to = cell * RESOURCES
  const from = row * RESOURCES
  free[to] += count * demand[from]
  free[to + 1] += count * demand[from + 1]
  free[to + 2] += count * demand[from + 2]
  free[to + 3] += count * demand[from + 3]
  const after = resident[cell] - count
  machine.busyCus -=
    Math.min(machine.cuPerCell, resident[cell]) - Math.min(machine.cuPerCell, after)
  resident[cell] = after
  load[cell] = after === 0 ? 0 : load[cell] - count * program.blockLoad[row]
}
