import { CU_PARTS, RESOURCES } from '../model/kernel-cost.js'
import type { BlocksOnCells, Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { FreeSpace } from './free-space.js'
import { createPlacement, type Placement } from './placement.js'

/**
 * The room for kernels whose worker may use a limited number of compute units at a time, whichever
 * are free (MPS). A worker occupies a compute unit while any of its blocks is on it. A kernel that
 * waits because its worker is at its limit closes only what the worker occupies; a kernel that
 * waits because nothing is free closes the whole device.
 */
export class ShareSpace implements FreeSpace {
  readonly placement: Placement
  /** Compute units that each worker occupies. */
  readonly busy: Int32Array
  readonly #machine: Machine
  readonly #program: Program
  /** Blocks of each worker on each cell, and the compute units they occupy: `cells` values per worker. */
  readonly #resident: Int32Array
  readonly #occupied: Int32Array
  /** Parts of compute units that these blocks hold: RESOURCES values each. */
  readonly #used: Int32Array
  /**
   * Compute units of each cell that the current kernel may occupy, and those that other kernels
   * close to it.
   */
  readonly #reach: Int32Array
  readonly #closed: Int32Array
  /** Positions in the placement, ordered by the room per compute unit. */
  readonly #roomiest: Int16Array
  #hasNews = true

  constructor(machine: Machine, program: Program) {
    const { cells } = machine
    this.placement = createPlacement(cells)
    this.busy = new Int32Array(program.workers)
    this.#machine = machine
    this.#program = program
    this.#resident = new Int32Array(program.workers * cells)
    this.#occupied = new Int32Array(program.workers * cells)
    this.#used = new Int32Array(program.workers * cells * RESOURCES)
    this.#reach = new Int32Array(cells)
    this.#closed = new Int32Array(cells)
    this.#roomiest = new Int16Array(cells)
  }

  lookEverywhere(): void {
    this.#hasNews = true
  }

  mayFit(lane: number, pending: Int32Array, ahead: number): boolean {
    if (!this.#hasNews) return false
    const { workerOfLane, share } = this.#program
    const worker = workerOfLane[lane]
    for (let j = 0; j < ahead; j++) {
      const other = workerOfLane[pending[j]]
      if (other === worker || this.busy[other] < share[other]) return false
    }
    return true
  }

  find(lane: number, pending: Int32Array, ahead: number): number {
    const { cus, cells } = this.#machine
    const { share, workerOfLane } = this.#program
    const { cell: roomy, count } = this.placement
    const worker = workerOfLane[lane]
    const first = worker * cells
    const spare = share[worker] - this.busy[worker]
    this.#close(pending, ahead)
    let size = 0
    let room = 0
    let wanted = 0
    for (let cell = 0; cell < cells; cell++) {
      const own = this.#occupied[first + cell]
      const open = cus[cell] - this.#closed[cell]
      const reach = open < own + spare ? open : own + spare
      const fit = this.#fitting(lane, cell, reach)
      if (fit <= 0) continue
      this.#reach[cell] = reach
      if (reach > own) wanted += reach - own
      roomy[size] = cell
      count[size++] = fit
      room += fit
    }
    this.placement.size = size
    return wanted > spare ? this.#keepWithin(spare, lane) : room
  }

  take(lane: number): void {
    const worker = this.#program.workerOfLane[lane]
    const first = worker * this.#machine.cells
    const { cell, count, size } = this.placement
    this.#hold(lane, first, this.placement, 1)
    for (let i = 0; i < size; i++) {
      if (count[i] === 0) continue
      const at = first + cell[i]
      const before = this.#occupied[at]
      const reach = this.#reach[cell[i]]
      const after = Math.max(before, Math.min(reach, before + count[i]))
      this.#resident[at] += count[i]
      this.#occupied[at] = after
      this.busy[worker] += after - before
    }
  }

  leave(lane: number, left: BlocksOnCells): void {
    const worker = this.#program.workerOfLane[lane]
    const first = worker * this.#machine.cells
    this.#hold(lane, first, left, -1)
    const { cell, count, from, size } = left
    for (let i = from; i < from + size; i++) {
      const at = first + cell[i]
      const stay = this.#resident[at] - count[i]
      this.#resident[at] = stay
      if (this.#occupied[at] <= stay) continue
      this.busy[worker] -= this.#occupied[at] - stay
      this.#occupied[at] = stay
    }
  }

  note(): void {
    this.#hasNews = true
  }

  forget(): void {
    this.#hasNews = false
  }

  /** Blocks of the lane's kernel that fit on a cell if its worker may occupy `reach` of its compute units. */
  #fitting(lane: number, cell: number, reach: number): number {
    const { free, row } = this.#machine
    const { demand, workerOfLane } = this.#program
    const used = this.#used
    const most = reach * CU_PARTS
    const need = row[lane] * RESOURCES
    const here = cell * RESOURCES
    const own = workerOfLane[lane] * this.#machine.cells * RESOURCES + here
    let fit = most
    for (let i = 0; i < RESOURCES; i++) {
      const each = demand[need + i]
      if (each === 0) continue
      const allowed = most - used[own + i]
      const parts = allowed < free[here + i] ? allowed : free[here + i]
      if (parts < each) return 0
      if (parts < fit * each) fit = (parts / each) | 0
    }
    return fit
  }

  /** Counts the parts that blocks of the lane's kernel hold when they arrive (sign 1) or leave (sign -1). */
  #hold(
    lane: number,
    first: number,
    { cell, count, from, size }: BlocksOnCells,
    sign: 1 | -1,
  ): void {
    const { demand } = this.#program
    const need = this.#machine.row[lane] * RESOURCES
    for (let i = from; i < from + size; i++) {
      const at = (first + cell[i]) * RESOURCES
      for (let r = 0; r < RESOURCES; r++) this.#used[at + r] += sign * count[i] * demand[need + r]
    }
  }

  /** Marks as closed what the workers of the first `ahead` pending lanes occupy; all of these are at their limits. */
  #close(pending: Int32Array, ahead: number): void {
    const closed = this.#closed.fill(0)
    const { cells } = this.#machine
    for (let j = 0; j < ahead; j++) {
      const first = this.#program.workerOfLane[pending[j]] * cells
      for (let cell = 0; cell < cells; cell++) {
        const occupied = this.#occupied[first + cell]
        if (occupied > closed[cell]) closed[cell] = occupied
      }
    }
  }

  /**
   * Cuts the noted room down so that the worker gets at most `spare` compute units that it does not
   * occupy yet, chosen where there is the most room. Returns the room that is left.
   */
  #keepWithin(spare: number, lane: number): number {
    const first = this.#program.workerOfLane[lane] * this.#machine.cells
    const { cell, count, size } = this.placement
    this.#sortByRoom()
    let left = spare
    let room = 0
    for (let place = 0; place < size; place++) {
      const i = this.#roomiest[place]
      const own = this.#occupied[first + cell[i]]
      const fresh = Math.min(left, Math.max(0, this.#reach[cell[i]] - own))
      left -= fresh
      if (own + fresh < this.#reach[cell[i]]) {
        this.#reach[cell[i]] = own + fresh
        count[i] = this.#fitting(lane, cell[i], own + fresh)
      }
      room += count[i]
    }
    return room
  }

  /** Sorts the positions of the placement by the room per compute unit, most room first. */
  #sortByRoom(): void {
    const { cus } = this.#machine
    const { cell, count, size } = this.placement
    const roomiest = this.#roomiest
    for (let i = 0; i < size; i++) {
      const each = count[i] / cus[cell[i]]
      let place = i
      for (; place > 0; place--) {
        const other = roomiest[place - 1]
        if (count[other] / cus[cell[other]] >= each) break
        roomiest[place] = other
      }
      roomiest[place] = i
    }
  }
}
