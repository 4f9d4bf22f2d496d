import type { Device } from '../../device/device.js'
import { type Contention, crowding, memoryStretch, seenLoad } from '../model/contention.js'
import type { EnergyMeter } from '../model/energy.js'
import { type Machine, move } from '../model/machine.js'
import type { Program } from '../model/program.js'
import { type Clock, COHORT_END } from './clock.js'
import { Cohorts } from './cohorts.js'
import type { Dispatcher } from './dispatch.js'
import type { Placement } from './placement.js'

/** The state that execution works on, and the callbacks for what happens. */
export interface ExecutionContext {
  readonly clock: Clock
  readonly device: Device
  readonly machine: Machine
  readonly program: Program
  readonly meter: EnergyMeter
  /** Called when blocks of a lane's kernel have left cells. */
  readonly freed: Dispatcher['freed']
  /** Called when the last block of the lane's kernel has ended. */
  readonly endKernel: (lane: number) => void
}

/**
 * Runs blocks in cohorts. What else is resident when a cohort starts decides how long it takes;
 * anything that comes later does not change that.
 */
export class Execution {
  readonly #clock: Clock
  readonly #machine: Machine
  readonly #program: Program
  readonly #contention: Contention
  readonly #meter: EnergyMeter
  readonly #freed: ExecutionContext['freed']
  readonly #endKernel: ExecutionContext['endKernel']
  readonly #cohorts: Cohorts

  constructor(context: ExecutionContext) {
    this.#clock = context.clock
    this.#machine = context.machine
    this.#program = context.program
    this.#contention = context.program.contention
    this.#meter = context.meter
    this.#freed = context.freed
    this.#endKernel = context.endKernel
    const { program, machine } = context
    this.#cohorts = new Cohorts(context.device, machine.cells, program.lanes)
  }

  /** Starts blocks of the lane's kernel, which the machine holds already. */
  start(lane: number, placement: Placement): void {
    const machine = this.#machine
    const program = this.#program
    const row = machine.row[lane]
    const { size, blocks, cell, count } = placement
    const isFirst = machine.startUs[lane] < 0
    const code = program.codeOfLane[lane]
    const blockLoad = program.blockLoad[row]
    const { load, resident, codeOn, cus } = machine
    let seen = 0
    let isCold = false
    for (let i = 0; i < size; i++) {
      const own = count[i]
      if (own === 0) continue
      const at = cell[i]
      const others = resident[at] - own
      const othersLoad = load[at] - own * blockLoad
      seen += own * seenLoad(this.#contention, cus[at], own, blockLoad, others, othersLoad)
      if (codeOn[at] !== code) isCold = true
      codeOn[at] = code
    }
    const others = othersMemory(machine, program, lane)
    const memoryFactor = memoryStretch(this.#contention, program.memoryBound[row], others)
    const coldUs = isFirst && isCold ? this.#contention.coldStartUs : 0
    const crowded = crowding(this.#contention, seen / blocks)
    const durationUs = program.blockUs[row] * crowded * memoryFactor + coldUs
    const memory = blocks * program.blockMemory[row]
    addMemory(machine, program, lane, memory)
    machine.blocks += blocks
    const { nowUs } = this.#clock
    if (isFirst) machine.startUs[lane] = nowUs
    const tickUs = program.tickUs[row]
    const endUs = Math.round((nowUs + durationUs) / tickUs) * tickUs
    const cohort = this.#cohortEnding(lane, endUs, size)
    this.#cohorts.add(cohort, placement)
    this.#cohorts.blocks[cohort] += blocks
  }

  /** Ends a cohort: its blocks leave the machine, and with the last of them the kernel ends. */
  end(cohort: number): void {
    const machine = this.#machine
    const program = this.#program
    const cohorts = this.#cohorts
    const lane = cohorts.lane[cohort]
    const row = machine.row[lane]
    const blocks = cohorts.blocks[cohort]
    const ended = cohorts.blocksOf(cohort)
    move(machine, program, row, ended, -1)
    this.#freed(lane, ended)
    cohorts.end(cohort)
    this.#meter.add(blocks * program.blockWorkCuUs[row], blocks * program.blockTrafficUs[row])
    const memory = blocks * program.blockMemory[row]
    addMemory(machine, program, lane, -memory)
    machine.blocks -= blocks
    machine.running[lane] -= blocks
    if (machine.running[lane] > 0 || machine.undispatched[lane] > 0) return
    // Rounding errors in the sums would otherwise build up over a run.
    addMemory(machine, program, lane, -machine.memoryOf[lane])
    this.#endKernel(lane)
  }

  /** The lane's newest cohort if it ends at the same tick and has room, otherwise a new one. */
  #cohortEnding(lane: number, endUs: number, size: number): number {
    const cohorts = this.#cohorts
    const newest = cohorts.newest[lane]
    if (newest >= 0 && cohorts.endUs[newest] === endUs) {
      if (cohorts.size[newest] + size <= cohorts.capacity) return newest
    }
    const cohort = cohorts.begin(lane, endUs)
    this.#clock.schedule(endUs, COHORT_END, cohort)
    return cohort
  }
}

/** Adds to the memory traffic of a lane, of its worker and of all. */
function addMemory(machine: Machine, program: Program, lane: number, memory: number): void {
  machine.memory[program.memoryOfLane[lane]] += memory
  machine.memoryOf[lane] += memory
  machine.memoryOfWorker[program.workerOfLane[lane]] += memory
}

/**
 * Memory traffic of all other lanes in the same memory, as a share of its bandwidth, weighted by
 * how much it counts for the lane's worker.
 */
function othersMemory(machine: Machine, program: Program, lane: number): number {
  const { couplings, workerOfLane, workers } = program
  const own = machine.memoryOf[lane]
  const memory = program.memoryOfLane[lane]
  const share = program.memoryShare[memory]
  if (couplings === undefined) return (machine.memory[memory] - own) / share
  const { memoryOfWorker } = machine
  const worker = workerOfLane[lane]
  const first = worker * workers
  let others = -couplings[first + worker] * own
  for (let w = 0; w < workers; w++) others += couplings[first + w] * memoryOfWorker[w]
  return others / share
}
