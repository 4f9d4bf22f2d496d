import { CU_PARTS, RESOURCES } from './kernel-cost.js'
import type { Program } from './program.js'

/**
 * The state of the device while it runs: what each cell of compute units holds, and which kernel
 * each lane is at. A lane runs one kernel at a time. A worker has one lane, or more if its profile
 * branches. Times in µs. Every array is allocated once; the hot loop only writes into them.
 */
export interface Machine {
  readonly cells: number
  /** Compute units of each cell. */
  readonly cus: Int32Array
  /** Free parts of each cell, RESOURCES values each. */
  readonly free: Int32Array
  /** Resident blocks of each cell. */
  readonly resident: Int32Array
  /** Throughput that the resident blocks of each cell ask for in total, in compute units. */
  readonly load: Float64Array
  /** The model whose code last started on each cell; -1 if none has. */
  readonly codeOn: Int32Array
  /** Compute units that hold at least one block. The blocks of a cell are spread over all of its units. */
  busyCus: number
  /** Blocks on the device. */
  blocks: number
  /** Share of the device's memory bandwidth that all resident blocks ask for, in each memory. */
  readonly memory: Float64Array

  /** Row of the kernel each lane is at. */
  readonly row: Int32Array
  readonly undispatched: Int32Array
  readonly running: Int32Array
  /** When the first blocks of the lane's kernel were dispatched; negative until then. */
  readonly startUs: Float64Array
  /** When the host started to launch the worker's request. */
  readonly requestStartUs: Float64Array
  /** Added to the priority of every kernel in the worker's request. */
  readonly level: Int32Array
  /** Share of the memory bandwidth that the lane's blocks ask for. */
  readonly memoryOf: Float64Array
  /** The same for each worker. */
  readonly memoryOfWorker: Float64Array
  /** The partition on which the lane's kernel runs, as an index of the program's targets. */
  readonly target: Int32Array
  /** Workers with a request in flight: their number, and a flag for each worker. */
  active: number
  readonly isActive: Uint8Array
}

/**
 * Blocks of one kernel by the cells they are on: `size` cells from index `from`, with the number of
 * blocks on each.
 */
export interface BlocksOnCells {
  readonly cell: Int16Array
  readonly count: Int16Array
  from: number
  size: number
}

/** An idle device. */
export function createMachine(program: Program): Machine {
  const { cus } = program.cells
  const cells = cus.length
  const { lanes } = program
  return {
    cells,
    cus,
    free: Int32Array.from(
      { length: cells * RESOURCES },
      (_, i) => CU_PARTS * cus[Math.floor(i / RESOURCES)],
    ),
    resident: new Int32Array(cells),
    load: new Float64Array(cells),
    codeOn: new Int32Array(cells).fill(-1),
    busyCus: 0,
    blocks: 0,
    memory: new Float64Array(program.memoryShare.length),
    row: new Int32Array(lanes),
    undispatched: new Int32Array(lanes),
    running: new Int32Array(lanes),
    startUs: new Float64Array(lanes),
    requestStartUs: new Float64Array(program.workers),
    level: new Int32Array(program.workers),
    memoryOf: new Float64Array(lanes),
    memoryOfWorker: new Float64Array(program.workers),
    target: new Int32Array(lanes).fill(-1),
    active: 0,
    isActive: new Uint8Array(program.workers),
  }
}

/**
 * Puts blocks of a row's kernel into cells, or takes them out again.
 * @param sign 1 to put blocks in, -1 to take them out
 */
export function move(
  machine: Machine,
  program: Program,
  row: number,
  { cell: cells, count: counts, from, size }: BlocksOnCells,
  sign: 1 | -1,
): void {
  const { free, resident, load, cus } = machine
  const { demand } = program
  const need = row * RESOURCES
  const threads = sign * demand[need]
  const slots = sign * demand[need + 1]
  const registers = sign * demand[need + 2]
  const memory = sign * demand[need + 3]
  const blockLoad = sign * program.blockLoad[row]
  let busyCus = 0
  for (let i = from; i < from + size; i++) {
    const count = counts[i]
    if (count === 0) continue
    const cell = cells[i]
    const at = cell * RESOURCES
    free[at] -= count * threads
    free[at + 1] -= count * slots
    free[at + 2] -= count * registers
    free[at + 3] -= count * memory
    const before = resident[cell]
    const after = before + sign * count
    resident[cell] = after
    load[cell] = after === 0 ? 0 : load[cell] + count * blockLoad
    const most = cus[cell]
    busyCus += (after < most ? after : most) - (before < most ? before : most)
  }
  machine.busyCus += busyCus
}
