import { cusOf, type Device } from '../device/device.js'
import type { Partition } from '../device/partition.js'
import { isPooled, type Plan, type PoolEntry } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { type KernelCost, kernelCosts, RESOURCES } from './kernel-cost.js'

/**
 * A scenario and a plan laid out for the engine: one row per kernel launch of a request, workers
 * one after the other, in typed arrays.
 */
export interface Program {
  readonly workers: number
  /** First row and number of rows of each worker. */
  readonly firstRow: Int32Array
  readonly rowCount: Int32Array
  readonly partition: Int32Array
  readonly priority: Int32Array
  readonly blocks: Int32Array
  /** Duration of a block in µs on a CU without load, on the row's partition. */
  readonly blockUs: Float64Array
  /** Solo duration of the kernel in µs on the row's partition. */
  readonly soloUs: Float64Array
  /** CU throughput one resident block asks for, in CUs. */
  readonly blockLoad: Float64Array
  /** Share of the memory bandwidth one resident block asks for. */
  readonly blockMemory: Float64Array
  /** How far the kernel alone is bound by memory, 0..1. */
  readonly memoryBound: Float64Array
  /** Parts of a CU one block holds, RESOURCES values a row. */
  readonly demand: Int32Array
  /** Gap after the previous kernel in µs, before contention between workers. */
  readonly gapUs: Float64Array
  /** Granules of each pool entry; empty for entries placed at dispatch. */
  readonly pool: readonly Partition[]
  /** CUs of the pool entries placed at dispatch; 0 for pooled partitions. */
  readonly placedCus: Int32Array
  /** Kernels of one request changing partition, per worker. */
  readonly switches: Int32Array
}

/** Lays a plan out for the engine. The plan must have passed `checkPlan`. */
export function compile(scenario: Scenario, plan: Plan): Program {
  const { device } = scenario
  const counts = scenario.workers.map((worker) => worker.profile.kernels.length)
  const rows = counts.reduce((a, b) => a + b, 0)
  const program = emptyProgram(device, plan, counts, rows)
  let row = 0
  scenario.workers.forEach((worker, w) => {
    const costsOn = new Map<number, readonly KernelCost[]>()
    let kernel = 0
    let previous = -1
    for (const group of plan.workers[w].groups) {
      const cus = entryCus(device, plan.pool[group.partition])
      const costs = costsOn.get(cus) ?? kernelCosts(device, worker.profile, cus)
      costsOn.set(cus, costs)
      if (previous >= 0 && previous !== group.partition) program.switches[w]++
      previous = group.partition
      for (let i = 0; i < group.kernels; i++) {
        program.partition[row] = group.partition
        program.priority[row] = group.priority
        writeCost(program, row++, costs[kernel++])
      }
    }
  })
  return program
}

function emptyProgram(
  device: Device,
  plan: Plan,
  counts: readonly number[],
  rows: number,
): Program {
  const firstRow = Int32Array.from(counts, (_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0))
  return {
    workers: counts.length,
    firstRow,
    rowCount: Int32Array.from(counts),
    partition: new Int32Array(rows),
    priority: new Int32Array(rows),
    blocks: new Int32Array(rows),
    blockUs: new Float64Array(rows),
    soloUs: new Float64Array(rows),
    blockLoad: new Float64Array(rows),
    blockMemory: new Float64Array(rows),
    memoryBound: new Float64Array(rows),
    demand: new Int32Array(rows * RESOURCES),
    gapUs: new Float64Array(rows),
    pool: plan.pool.map((entry) => (isPooled(entry) ? entry.granules : [])),
    placedCus: Int32Array.from(plan.pool, (entry) => (isPooled(entry) ? 0 : entry.cus)),
    switches: new Int32Array(counts.length),
  }
}

function writeCost(program: Program, row: number, cost: KernelCost): void {
  program.blocks[row] = cost.blocks
  program.blockUs[row] = cost.blockUs
  program.soloUs[row] = cost.durationUs
  program.blockLoad[row] = cost.blockLoad
  program.blockMemory[row] = cost.blockMemory
  program.memoryBound[row] = cost.memoryBound
  program.gapUs[row] = cost.gapUs
  program.demand.set(cost.demand, row * RESOURCES)
}

function entryCus(device: Device, entry: PoolEntry): number {
  return isPooled(entry) ? cusOf(device, entry.granules) : entry.cus
}
