import type { Device } from '../device/device.js'
import type { Partition } from '../device/partition.js'
import { CU_PARTS, RESOURCES } from './kernel-cost.js'
import type { Program } from './program.js'

/**
 * The device while it runs: what each granule holds, and where each worker's kernel stands. Times
 * in µs. Every array is allocated once; the hot loop only writes into them.
 */
export interface Machine {
  readonly granules: number
  readonly cus: Int32Array
  /** Free parts of each granule, RESOURCES values a granule. */
  readonly free: Int32Array
  /** Resident blocks of each granule. */
  readonly resident: Int32Array
  /** Resident blocks by worker and granule, `granules` values a worker. */
  readonly residentOf: Int32Array
  /** CU throughput asked for by the resident blocks of each granule, in CUs. */
  readonly load: Float64Array
  /** Workers whose kernel may run on the granule. */
  readonly holders: Int32Array
  /** Share of the memory bandwidth asked for by all resident blocks. */
  memory: number
  /** CUs that hold at least one block. */
  busyCus: number
  /** Blocks on the device. */
  blocks: number

  /** Row of the kernel each worker is at. */
  readonly row: Int32Array
  readonly undispatched: Int32Array
  readonly running: Int32Array
  readonly startUs: Float64Array
  /** When the host started to launch the worker's request. */
  readonly requestStartUs: Float64Array
  /** Granules the worker's current kernel may use: a count, and a list per worker. */
  readonly targetCount: Int32Array
  readonly targets: Int32Array
  /** Workers with a request in flight. */
  active: number
  /** Workers whose kernel has blocks left to dispatch, in dispatch order. */
  readonly pending: Int32Array
  pendingCount: number
  /** When the device-wide switch path is free again. */
  switchFreeUs: number

  readonly cohorts: Cohorts
}

/** Blocks of one kernel that were dispatched together and end together. */
export interface Cohorts {
  readonly worker: Int32Array
  /** Blocks by granule, `granules` values a cohort. */
  readonly blocks: Int32Array
  /** Stack of unused cohort numbers. */
  readonly unused: Int32Array
  unusedCount: number
}

/** An idle device. */
export function createMachine(device: Device, program: Program): Machine {
  const granules = device.granules.length
  const { workers } = program
  const cus = Int32Array.from(device.granules, (g) => g.cus)
  const free = new Int32Array(granules * RESOURCES)
  cus.forEach((count, i) => {
    free.fill(count * CU_PARTS, i * RESOURCES, (i + 1) * RESOURCES)
  })
  return {
    granules,
    cus,
    free,
    resident: new Int32Array(granules),
    residentOf: new Int32Array(workers * granules),
    load: new Float64Array(granules),
    holders: new Int32Array(granules),
    memory: 0,
    busyCus: 0,
    blocks: 0,
    row: Int32Array.from(program.firstRow),
    undispatched: new Int32Array(workers),
    running: new Int32Array(workers),
    startUs: new Float64Array(workers),
    requestStartUs: new Float64Array(workers),
    targetCount: new Int32Array(workers),
    targets: new Int32Array(workers * granules),
    active: 0,
    pending: new Int32Array(workers),
    pendingCount: 0,
    switchFreeUs: 0,
    cohorts: createCohorts(device, granules),
  }
}

/** As many cohorts as blocks that can be resident: none ever runs short. */
function createCohorts(device: Device, granules: number): Cohorts {
  const most = device.granules.reduce((sum, g) => sum + g.cus * device.cu.blocks, 0)
  return {
    worker: new Int32Array(most),
    blocks: new Int32Array(most * granules),
    unused: Int32Array.from({ length: most }, (_, i) => most - 1 - i),
    unusedCount: most,
  }
}

/** Sets the granules that a worker's kernel may use. */
export function setTargets(machine: Machine, worker: number, partition: Partition): void {
  const first = worker * machine.granules
  const count = machine.targetCount[worker]
  for (let i = 0; i < count; i++) machine.holders[machine.targets[first + i]]--
  machine.targetCount[worker] = partition.length
  for (let i = 0; i < partition.length; i++) {
    machine.targets[first + i] = partition[i]
    machine.holders[partition[i]]++
  }
}

/** Puts `count` blocks of the worker's kernel on a granule. */
export function occupy(
  machine: Machine,
  program: Program,
  worker: number,
  granule: number,
  count: number,
): void {
  const row = machine.row[worker]
  const busyBefore = Math.min(machine.cus[granule], machine.resident[granule])
  machine.resident[granule] += count
  machine.residentOf[worker * machine.granules + granule] += count
  machine.load[granule] += count * program.blockLoad[row]
  machine.busyCus += Math.min(machine.cus[granule], machine.resident[granule]) - busyBefore
  for (let r = 0; r < RESOURCES; r++) {
    machine.free[granule * RESOURCES + r] -= count * program.demand[row * RESOURCES + r]
  }
}

/** Takes `count` blocks of the worker's kernel off a granule. */
export function vacate(
  machine: Machine,
  program: Program,
  worker: number,
  granule: number,
  count: number,
): void {
  occupy(machine, program, worker, granule, -count)
  if (machine.resident[granule] === 0) machine.load[granule] = 0
}
