import { type Device, totalCus } from '../../device/device.js'
import type { Partition } from '../../device/partition.js'
import { getOrMake } from '../../maps.js'
import { sum } from '../../numbers.js'
import {
  isPlaced,
  isPooled,
  isShare,
  needsProcesses,
  type Plan,
  type PoolEntry,
  switchesPerRequest,
} from '../../plan/plan.js'
import type { Profile } from '../../profile/profile.js'
import type { Scenario } from '../../workload/scenario.js'
import type { SimulationOptions } from '../result.js'
import { activityOf } from './activity.js'
import { type Branches, branchesOf, laneCount, linkRows } from './branches.js'
import { type Cells, cellsOf } from './cells.js'
import { type Contention, contentionUnder } from './contention.js'
import { instanceStretch, memoriesOf } from './instances.js'
import { couplings } from './interference.js'
import { type KernelCost, kernelCosts, RESOURCES } from './kernel-cost.js'
import { partitionCusOf, targetOf, targetsOf } from './pool-targets.js'

/**
 * A scenario and a plan laid out for the engine in typed arrays, with one row per kernel launch of
 * a request, and workers one after the other.
 */
export interface Program {
  readonly workers: number
  /** Lanes of all workers: first one for each worker, then those that profiles branch into. */
  readonly lanes: number
  readonly firstLane: Int32Array
  readonly workerOfLane: Int32Array
  /**
   * A number for the code of each lane. Workers with the same profile share their code, but
   * separate processes never do.
   */
  readonly codeOfLane: Int32Array
  /** The row that follows each row in its lane, or -1 where branches join or the request ends. */
  readonly nextRow: Int32Array
  /** The first rows of parallel branches, by the row at which the request branches. */
  readonly branches: ReadonlyMap<number, Branches>
  /** The row that follows once all branches of a row have joined, or -1 if the request ends there. */
  readonly joinRow: Int32Array
  /** First row and number of rows of each worker. */
  readonly firstRow: Int32Array
  readonly rowCount: Int32Array
  readonly partition: Int32Array
  /** Index into `targets`: the subset of the partition that the row's kernel can use. */
  readonly target: Int32Array
  /**
   * The granules of each pool entry, followed by the subsets of them that thread-block clusters can
   * use.
   */
  readonly targets: readonly Partition[]
  readonly priority: Int32Array
  readonly blocks: Int32Array
  /** Duration of a block in µs on an otherwise idle CU, on the row's partition. */
  readonly blockUs: Float64Array
  /** Times at which the row's blocks end are multiples of this, in µs. It is a power of two. */
  readonly tickUs: Float64Array
  /** Solo duration of the kernel in µs on the row's partition. */
  readonly soloUs: Float64Array
  /** Throughput that one resident block asks for, in compute units. */
  readonly blockLoad: Float64Array
  /** Share of the memory bandwidth that one resident block asks for. */
  readonly blockMemory: Float64Array
  /** Work of a block: CU-µs at full throughput, and µs at full memory traffic. */
  readonly blockWorkCuUs: Float64Array
  readonly blockTrafficUs: Float64Array
  /** How far the kernel is bound by memory when alone, 0..1. */
  readonly memoryBound: Float64Array
  /**
   * How much the traffic of each worker counts for each other one: see {@link couplings}. If
   * undefined, all of it counts.
   */
  readonly couplings: Float64Array | undefined
  /** Blocks that fit on an empty compute unit. */
  readonly perCu: Int32Array
  /** Parts of a compute unit that one block holds: RESOURCES values per row. */
  readonly demand: Int32Array
  /** Gap after the previous kernel in µs, before contention between workers. */
  readonly gapUs: Float64Array
  /**
   * The part of the gap that was measured alone and that other workers' additions already cover:
   * see `addedGapUs`.
   */
  readonly profiledGapUs: Float64Array
  /** How much each worker's kernels hold up the launches of others, 0..1. */
  readonly activity: Float64Array
  /** Memset nodes of the graph just before the row's kernel. */
  readonly memsets: Int32Array
  readonly cells: Cells
  /** CUs of the pool entries that are placed at dispatch; 0 for pooled partitions. */
  readonly placedCus: Int32Array
  /** The memory of each lane: the device's, or that of its hardware instance. */
  readonly memoryOfLane: Int32Array
  /** Each memory's share of the bandwidth. */
  readonly memoryShare: Float64Array
  /** Compute units that each worker may use at a time under MPS, otherwise 0. */
  readonly share: Int32Array
  /** How often one request of each worker changes partition. */
  readonly switches: Int32Array
  readonly contention: Contention
}

/** How finely a run is simulated. */
export interface Detail {
  /** Ends of blocks are rounded to ticks of at most this fraction of a block's duration. */
  readonly tickShare: number
  /**
   * How many waves of a kernel are simulated one by one. If it has more, several blocks are merged
   * into one.
   */
  readonly waves: number
}

/** Lays a plan out for the engine. The plan must have passed `checkPlan`. */
export function compile(
  scenario: Scenario,
  plan: Plan,
  detail: Detail,
  { memsets = 'rehomed', told = true }: Pick<SimulationOptions, 'memsets' | 'told'> = {},
): Program {
  const { device } = scenario
  const profiles = scenario.workers.map((worker) => worker.profile)
  const program = emptyProgram(device, plan, profiles, contentionUnder(device, plan, told))
  let row = 0
  profiles.forEach((profile, w) => {
    linkRows(program, profile, row)
    const costsOn = new Map<number, readonly KernelCost[]>()
    const costsOfRows: KernelCost[] = []
    for (const { partition, priority, kernels } of plan.workers[w].groups) {
      const entry = plan.pool[partition]
      const costs = getOrMake(costsOn, partition, () =>
        kernelCosts(device, profile, partitionCusOf(device, entry, told), detail.waves),
      )
      for (let i = 0; i < kernels; i++) {
        const kernel = costsOfRows.length
        const cost = costs[kernel]
        program.partition[row] = partition
        program.target[row] = targetOf(device, plan, partition, profile.kernels[kernel])
        program.priority[row] = priority
        const stretch = instanceStretch(entry, cost)
        writeCost(program, row, cost, stretch, detail.tickShare)
        if (memsets === 'default-context') program.memsets[row] = cost.memsets
        costsOfRows.push(cost)
        row++
      }
    }
    program.activity[w] = activityOf(costsOfRows, totalCus(device))
  })
  return program
}

function emptyProgram(
  device: Device,
  plan: Plan,
  profiles: readonly Profile[],
  contention: Contention,
): Program {
  const targets = targetsOf(device, plan)
  const isPlacedLater = plan.pool.some((entry) => !isPooled(entry))
  const counts = profiles.map((profile) => profile.kernels.length)
  const lanes = profiles.map(laneCount)
  const memories = memoriesOf(plan)
  const rows = sum(counts)
  const firstRow = Int32Array.from(startsOf(counts))
  return {
    workers: profiles.length,
    lanes: sum(lanes),
    firstLane: Int32Array.from(startsOf(lanes)),
    workerOfLane: Int32Array.from(lanes.flatMap((count, w) => Array<number>(count).fill(w))),
    codeOfLane: Int32Array.from(
      lanes.flatMap((count, w) => {
        const code = needsProcesses(plan) ? w : profiles.indexOf(profiles[w])
        return Array<number>(count).fill(code)
      }),
    ),
    nextRow: new Int32Array(rows),
    joinRow: new Int32Array(rows).fill(-1),
    branches: new Map(profiles.flatMap((profile, w) => [...branchesOf(profile, firstRow[w])])),
    firstRow,
    rowCount: Int32Array.from(counts),
    partition: new Int32Array(rows),
    target: new Int32Array(rows),
    targets,
    priority: new Int32Array(rows),
    blocks: new Int32Array(rows),
    blockUs: new Float64Array(rows),
    tickUs: new Float64Array(rows),
    soloUs: new Float64Array(rows),
    blockLoad: new Float64Array(rows),
    blockMemory: new Float64Array(rows),
    blockWorkCuUs: new Float64Array(rows),
    blockTrafficUs: new Float64Array(rows),
    memoryBound: new Float64Array(rows),
    couplings: couplings(device, profiles, memories.ofWorker),
    perCu: new Int32Array(rows),
    demand: new Int32Array(rows * RESOURCES),
    gapUs: new Float64Array(rows),
    profiledGapUs: new Float64Array(rows),
    memsets: new Int32Array(rows),
    activity: new Float64Array(profiles.length),
    // A kernel that is placed at dispatch may tell any two granules apart.
    cells: cellsOf(device, isPlacedLater ? device.granules.map((_, g) => [g]) : targets),
    placedCus: Int32Array.from(plan.pool, (entry) => (isPlaced(entry) ? entry.cus : 0)),
    memoryOfLane: Int32Array.from(
      lanes.flatMap((count, w) => Array<number>(count).fill(memories.ofWorker[w])),
    ),
    memoryShare: Float64Array.from(memories.shares),
    share: Int32Array.from(plan.workers, ({ groups }) => shareOf(plan.pool[groups[0].partition])),
    switches: Int32Array.from(plan.workers, switchesPerRequest),
    contention,
  }
}

/** Where each stretch starts when stretches of these lengths follow one another. */
function startsOf(lengths: readonly number[]): number[] {
  return lengths.map((_, i) => sum(lengths.slice(0, i)))
}

/** Compute units of a share; 0 for any other pool entry. */
function shareOf(entry: PoolEntry): number {
  return isShare(entry) ? entry.cus : 0
}

function writeCost(
  program: Program,
  row: number,
  cost: KernelCost,
  stretch: number,
  tickShare: number,
): void {
  const blockUs = cost.blockUs * stretch
  program.blocks[row] = cost.blocks
  program.blockUs[row] = blockUs
  program.tickUs[row] = 2 ** Math.floor(Math.log2(blockUs * tickShare))
  program.soloUs[row] = cost.durationUs * stretch
  program.blockLoad[row] = cost.blockLoad
  program.blockMemory[row] = cost.blockMemory
  program.blockWorkCuUs[row] = cost.blockWorkCuUs
  program.blockTrafficUs[row] = cost.blockTrafficUs
  program.memoryBound[row] = cost.memoryBound
  program.perCu[row] = cost.blocksPerCu
  program.gapUs[row] = cost.gapUs
  program.profiledGapUs[row] = cost.profiledGapUs
  program.demand.set(cost.demand, row * RESOURCES)
}
