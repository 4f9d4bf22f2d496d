import { RESOURCES } from '../model/kernel-cost.js'
import { type Machine, move } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { Targets } from '../model/targets.js'

/** Where blocks of one kernel were just placed: cells and counts, in dispatch order. */
export interface Placement {
  size: number
  blocks: number
  readonly cell: Int16Array
  readonly count: Int16Array
}

/**
 * Dispatches blocks in the order of the hardware: the pending kernel of the highest priority comes
 * first, and among equals the one that arrived first. A kernel that still has blocks left closes its
 * cells to all kernels behind it, even if those would fit. Blocks go to the cells with the most room.
 */
export class Dispatcher {
  readonly #machine: Machine
  readonly #program: Program
  readonly #targets: Targets
  readonly #start: (lane: number, placement: Placement) => void
  /** Lanes whose kernel has blocks left, in dispatch order. */
  readonly #pending: Int32Array
  #pendingCount = 0
  /** Lanes that must look at all of their cells, since more may have changed than the freed ones. */
  readonly #lookEverywhere: Uint8Array
  readonly #freed: Int16Array
  readonly #isFreed: Uint8Array
  #freedCount = 0
  readonly #placement: Placement
  /** The room that the noted cells had before it was cut down. */
  readonly #before: Int16Array

  /** @param start called when blocks of a lane's kernel were placed; the placement is reused */
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
    this.#before = new Int16Array(machine.cells)
  }

  /** Puts the lane's kernel behind all pending kernels of its priority or a higher one. */
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

  /** Notes that blocks left cells: `size` of them from index `from` on. */
  freed(cells: Int16Array, from: number, size: number): void {
    if (this.#pendingCount === 0) return
    const freed = this.#freed
    const isFreed = this.#isFreed
    let count = this.#freedCount
    for (let i = from; i < from + size; i++) {
      const cell = cells[i]
      if (isFreed[cell] === 1) continue
      isFreed[cell] = 1
      freed[count++] = cell
    }
    this.#freedCount = count
  }

  /** Dispatches as many pending blocks as fit. */
  run(): void {
    const pending = this.#pending
    const before = this.#pendingCount
    if (before === 0) return
    let kept = 0
    for (let i = 0; i < before; i++) {
      const lane = pending[i]
      if (this.#hasNews(lane) && !this.#shutOut(lane, kept)) this.#dispatch(lane, kept)
      if (this.#machine.undispatched[lane] > 0) pending[kept++] = lane
      else for (let j = i + 1; j < before; j++) this.#lookEverywhere[pending[j]] = 1
    }
    this.#pendingCount = kept
    for (let i = 0; i < this.#freedCount; i++) this.#isFreed[this.#freed[i]] = 0
    this.#freedCount = 0
  }

  #priority(lane: number): number {
    const { priority, workerOfLane } = this.#program
    return priority[this.#machine.row[lane]] + this.#machine.level[workerOfLane[lane]]
  }

  /** Whether the lane may find room that was not there when it last looked. */
  #hasNews(lane: number): boolean {
    if (this.#lookEverywhere[lane] === 1) return true
    const { members, cells } = this.#targets
    const own = this.#machine.target[lane] * cells
    for (let i = 0; i < this.#freedCount; i++) {
      if (members[own + this.#freed[i]] === 1) return true
    }
    return false
  }

  /** Whether one of the first `ahead` pending kernels closes every cell that the lane could use. */
  #shutOut(lane: number, ahead: number): boolean {
    const { target } = this.#machine
    for (let j = 0; j < ahead; j++) {
      if (this.#targets.covers(target[this.#pending[j]], target[lane])) return true
    }
    return false
  }

  #dispatch(lane: number, ahead: number): void {
    const room = this.#room(lane, ahead)
    this.#lookEverywhere[lane] = 0
    if (room === 0) return
    const machine = this.#machine
    const left = machine.undispatched[lane]
    const placement = this.#placement
    placement.blocks = Math.min(room, left)
    if (room > left) this.#keepRoomiest(left)
    const row = machine.row[lane]
    const { cell, count, size } = placement
    move(machine, this.#program, row, cell, count, 0, size, 1)
    machine.undispatched[lane] = left - placement.blocks
    machine.running[lane] += placement.blocks
    this.#start(lane, placement)
  }

  /**
   * How many blocks of the lane's kernel fit, with the cells noted in the placement. It looks at all
   * cells of the kernel, or only at those freed since it last looked, and leaves out those that a
   * kernel ahead closes.
   */
  #room(lane: number, ahead: number): number {
    const { cus, free, resident, row, target } = this.#machine
    const { demand, perCu } = this.#program
    const { members, lists, cells } = this.#targets
    const { cell: roomy, count } = this.#placement
    const everywhere = this.#lookEverywhere[lane] === 1
    const own = target[lane] * cells
    const list = everywhere ? lists : this.#freed
    const from = everywhere ? own : 0
    const to = from + (everywhere ? this.#targets.size(target[lane]) : this.#freedCount)
    const need = row[lane] * RESOURCES
    const threads = demand[need]
    const slots = demand[need + 1]
    const registers = demand[need + 2]
    const memory = demand[need + 3]
    const most = perCu[row[lane]]
    let size = 0
    let room = 0
    for (let i = from; i < to; i++) {
      const cell = list[i]
      if (members[own + cell] === 0) continue
      let fit = most * cus[cell]
      if (resident[cell] > 0) {
        const at = cell * RESOURCES
        if (free[at] < threads || free[at + 1] < slots) continue
        if (free[at + 2] < registers || free[at + 3] < memory) continue
        if (fit * threads > free[at]) fit = (free[at] / threads) | 0
        if (fit * slots > free[at + 1]) fit = (free[at + 1] / slots) | 0
        if (fit * registers > free[at + 2]) fit = (free[at + 2] / registers) | 0
        if (fit * memory > free[at + 3]) fit = (free[at + 3] / memory) | 0
      }
      if (ahead > 0 && this.#isClosed(cell, ahead)) continue
      roomy[size] = cell
      count[size++] = fit
      room += fit
    }
    this.#placement.size = size
    return room
  }

  /** Whether one of the first `ahead` pending kernels may use the cell. */
  #isClosed(cell: number, ahead: number): boolean {
    const { members, cells } = this.#targets
    const { target } = this.#machine
    for (let j = 0; j < ahead; j++) {
      if (members[target[this.#pending[j]] * cells + cell] === 1) return true
    }
    return false
  }

  /** Cuts the noted room down to `blocks`, so that all compute units that get any have equal room left. */
  #keepRoomiest(blocks: number): void {
    const { cus } = this.#machine
    const { cell, count, size } = this.#placement
    const before = this.#before
    const level = this.#levelAfter(blocks)
    let left = blocks
    for (let i = 0; i < size; i++) {
      before[i] = count[i]
      const above = Math.floor(count[i] - level * cus[cell[i]])
      count[i] = above > 0 ? Math.min(above, left) : 0
      left -= count[i]
    }
    for (let i = 0; left > 0; i = (i + 1) % size) {
      if (count[i] === before[i]) continue
      count[i]++
      left--
    }
  }

  /** The room per compute unit that is left, once `blocks` have gone to where there was the most. */
  #levelAfter(blocks: number): number {
    const { cus } = this.#machine
    const { cell, count, size } = this.#placement
    let level = 0
    for (;;) {
      let room = -blocks
      let units = 0
      let lowest = Number.POSITIVE_INFINITY
      for (let i = 0; i < size; i++) {
        const own = cus[cell[i]]
        const each = count[i] / own
        if (each <= level) continue
        room += count[i]
        units += own
        if (each < lowest) lowest = each
      }
      if (room <= lowest * units) return room / units
      level = lowest
    }
  }
}
