import { CU_PARTS, RESOURCES } from './kernel-cost.js'
import type { Program } from './program.js'

/**
 * The device while it runs: what each compute unit holds, and where each lane's kernel stands. A
 * lane runs one kernel at a time; a worker has one lane, or more where its profile branches. Times
 * in µs. Every array is allocated once; the hot loop only writes into them.
 */
export interface Machine {
  readonly cus: number
  /** Free parts of each compute unit, RESOURCES values each. */
  readonly free: Int32Array
  /** Resident blocks of each compute unit. */
  readonly resident: Int32Array
  /** Throughput asked for by the resident blocks of each compute unit; 1 saturates it. */
  readonly load: Float64Array
  /** Model whose code each compute unit last started; -1 for none. */
  readonly codeOn: Int32Array
  /** Compute units that hold at least one block. */
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
  const cus = program.granuleOfCu.length
  const { lanes } = program
  return {
    cus,
    free: new Int32Array(cus * RESOURCES).fill(CU_PARTS),
    resident: new Int32Array(cus),
    load: new Float64Array(cus),
    codeOn: new Int32Array(cus).fill(-1),
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

/** Puts `count` blocks of a row's kernel on a compute unit. */
export function occupy(
  machine: Machine,
  program: Program,
  row: number,
  cu: number,
  count: number,
): void {
  const { free, resident, load } = machine
  const { demand } = program
  const to = cu * RESOURCES
  const from = row * RESOURCES
  free[to] -= count * demand[from]
  free[to + 1] -= count * demand[from + 1]
  free[to + 2] -= count * demand[from + 2]
  free[to + 3] -= count * demand[from + 3]
  if (resident[cu] === 0) machine.busyCus++
  resident[cu] += count
  load[cu] += count * program.blockLoad[row]
}

/** Takes `count` blocks of a row's kernel off a compute unit. */
export function vacate(
  machine: Machine,
  program: Program,
  row: number,
  cu: number,
  count: number,
): void {
  const { free, resident, load } = machine
  const { demand } = program
  const to = cu * RESOURCES
  const from = row * RESOURCES
  free[to] += count * demand[from]
  free[to + 1] += count * demand[from + 1]
  free[to + 2] += count * demand[from + 2]
  free[to + 3] += count * demand[from + 3]
  resident[cu] -= count
  load[cu] = resident[cu] === 0 ? 0 : load[cu] - count * program.blockLoad[row]
  if (resident[cu] === 0) machine.busyCus--
}
