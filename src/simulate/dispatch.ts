import { RESOURCES } from './kernel-cost.js'
import { type Machine, occupy } from './machine.js'
import type { Program } from './program.js'
import type { Targets } from './targets.js'

/** Where blocks of one kernel were just placed: cells and counts, in dispatch order. */
export interface Placement {
  size: number
  blocks: number
  readonly cell: Int16Array
  readonly count: Int16Array
}

/**
 * Dispatch order of the hardware: the pending kernel of highest priority first, then the one that
 * arrived first. A kernel with blocks left closes its cells to all kernels behind it. Blocks
 * go to the cells with the most room.
 */
export class Dispatcher {
  readonly #machine: Machine
  readonly #program: Program
  readonly #targets: Targets
  readonly #start: (lane: number, placement: Placement) => void
  /** Lanes whose kernel has blocks left, in dispatch order. */
  readonly #pending: Int32Array
  #pendingCount = 0
  /** Lanes that must look at all of their cells, not only at those just freed. */
  readonly #lookEverywhere: Uint8Array
  readonly #freed: Int16Array
  readonly #isFreed: Uint8Array
  #freedCount = 0
  readonly #placement: Placement
  readonly #byRoom: Int32Array

  /** @param start called for each kernel that got blocks placed; the placement is reused */
  constructor(
    machine: Machine,
    program: Program,
    targets: Targets,
    start: (lane: number, placement: Placement) => void,
  ) {
    this.#machine = machine
    this.#program = program
    this.#targets = targets
    this.#start = start
    this.#pending = new Int32Array(program.lanes)
    this.#lookEverywhere = new Uint8Array(program.lanes)
    this.#freed = new Int16Array(machine.cells)
    this.#isFreed = new Uint8Array(machine.cells)
    this.#placement = {
      size: 0,
      blocks: 0,
      cell: new Int16Array(machine.cells),
      count: new Int16Array(machine.cells),
    }
    this.#byRoom = new Int32Array(2049)
  }

  /** Queues the lane's kernel behind all of its priority or higher. */
  enqueue(lane: number): void {
    const pending = this.#pending
    const priority = this.#priority(lane)
    let place = this.#pendingCount++
    while (place > 0 && this.#priority(pending[place - 1]) < priority) {
      pending[place] = pending[place - 1]
      place--
    }
    pending[place] = lane
    this.#lookEverywhere[lane] = 1
  }

  /** Notes that a block left a cell. */
  freed(cell: number): void {
    if (this.#isFreed[cell] === 1) return
    this.#isFreed[cell] = 1
    this.#freed[this.#freedCount++] = cell
  }

  /** Dispatches what fits. */
  run(): void {
    const pending = this.#pending
    const before = this.#pendingCount
    let kept = 0
    for (let i = 0; i < before; i++) {
      const lane = pending[i]
      if (!this.#shutOut(lane, kept)) this.#dispatch(lane, kept)
      if (this.#machine.undispatched[lane] > 0) pending[kept++] = lane
      else for (let j = i + 1; j < before; j++) this.#lookEverywhere[pending[j]] = 1
    }
    this.#pendingCount = kept
    for (let i = 0; i < this.#freedCount; i++) this.#isFreed[this.#freed[i]] = 0
    this.#freedCount = 0
  }

  #priority(lane: number): number {
    return this.#program.priority[this.#machine.row[lane]]
  }

  /** Whether one of the first `ahead` pending kernels closes every cell of the lane's. */
  #shutOut(lane: number, ahead: number): boolean {
    const { target } = this.#machine
    for (let j = 0; j < ahead; j++) {
      if (this.#targets.covers(target[this.#pending[j]], target[lane])) return true
    }
    return false
  }

  #dispatch(lane: number, ahead: number): void {
    const room =
      this.#lookEverywhere[lane] === 1
        ? this.#roomEverywhere(lane, ahead)
        : this.#roomFreed(lane, ahead)
    this.#lookEverywhere[lane] = 0
    if (room === 0) return
    const machine = this.#machine
    const left = machine.undispatched[lane]
    const placement = this.#placement
    placement.blocks = Math.min(room, left)
    if (room > left) this.#keepRoomiest(left)
    const row = machine.row[lane]
    for (let i = 0; i < placement.size; i++) {
      if (placement.count[i] > 0)
        occupy(machine, this.#program, row, placement.cell[i], placement.count[i])
    }
    machine.undispatched[lane] = left - placement.blocks
    machine.running[lane] += placement.blocks
    this.#start(lane, placement)
  }

  #roomEverywhere(lane: number, ahead: number): number {
    const target = this.#machine.target[lane]
    const size = this.#targets.size(target)
    this.#placement.size = 0
    let room = 0
    for (let i = 0; i < size; i++) room += this.#roomOn(lane, this.#targets.cell(target, i), ahead)
    return room
  }

  #roomFreed(lane: number, ahead: number): number {
    const target = this.#machine.target[lane]
    this.#placement.size = 0
    let room = 0
    for (let i = 0; i < this.#freedCount; i++) {
      const cell = this.#freed[i]
      if (this.#targets.has(target, cell)) room += this.#roomOn(lane, cell, ahead)
    }
    return room
  }

  /** Blocks of the lane's kernel that fit on a cell; noted in the placement. */
  #roomOn(lane: number, cell: number, ahead: number): number {
    const { free, resident, row, target } = this.#machine
    const { demand, perCell } = this.#program
    let fit = perCell[row[lane]]
    if (resident[cell] > 0) {
      const at = cell * RESOURCES
      const need = row[lane] * RESOURCES
      const threads = demand[need]
      const slots = demand[need + 1]
      const registers = demand[need + 2]
      const memory = demand[need + 3]
      if (free[at] < threads || free[at + 1] < slots) return 0
      if (free[at + 2] < registers || free[at + 3] < memory) return 0
      if (fit * threads > free[at]) fit = (free[at] / threads) | 0
      if (fit * slots > free[at + 1]) fit = (free[at + 1] / slots) | 0
      if (fit * registers > free[at + 2]) fit = (free[at + 2] / registers) | 0
      if (fit * memory > free[at + 3]) fit = (free[at + 3] / memory) | 0
    }
    for (let j = 0; j < ahead; j++) {
      if (this.#targets.has(target[this.#pending[j]], cell)) return 0
    }
    const placement = this.#placement
    placement.cell[placement.size] = cell
    placement.count[placement.size++] = fit
    return fit
  }

  /** Cuts the noted room down to `blocks`, taking from the cells with the least room. */
  #keepRoomiest(blocks: number): void {
    const { count, size } = this.#placement
    const byRoom = this.#byRoom
    let most = 0
    for (let i = 0; i < size; i++) {
      byRoom[count[i]]++
      if (count[i] > most) most = count[i]
    }
    // Levels are filled from the top: all with more than `level` room get one block each in turn.
    let level = most
    let reached = 0
    let left = blocks
    while (left >= reached + byRoom[level]) {
      reached += byRoom[level]
      left -= reached
      level--
    }
    const atLevel = reached + byRoom[level]
    let seen = 0
    let given = 0
    for (let i = 0; i < size; i++) {
      const room = count[i]
      byRoom[room] = 0
      if (room < level) {
        count[i] = 0
        continue
      }
      const upTo = Math.floor((++seen * left) / atLevel)
      count[i] = room - level + upTo - given
      given = upTo
    }
  }
}
