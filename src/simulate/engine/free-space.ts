import { RESOURCES } from '../model/kernel-cost.js'
import type { BlocksOnCells, Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { Targets } from '../model/targets.js'
import { createPlacement, type Placement } from './placement.js'

/** Finds where blocks of a pending kernel fit, behind the kernels that are ahead of it. */
export interface FreeSpace {
  /** Where blocks fit; `find` writes it. */
  readonly placement: Placement
  /** Makes the lane search everything it may use the next time. */
  lookEverywhere(lane: number): void
  /** Whether a search is worthwhile: something has changed, and the first `ahead` pending lanes leave some room. */
  mayFit(lane: number, pending: Int32Array, ahead: number): boolean
  /** Returns how many blocks of the lane's kernel fit, and writes where into the placement. */
  find(lane: number, pending: Int32Array, ahead: number): number
  /** Records that the blocks of the placement, cut down to those that the kernel still has, were placed. */
  take(lane: number): void
  /** Records that blocks of the lane's kernel have left cells. */
  leave(lane: number, left: BlocksOnCells): void
  /** Remembers the cells that blocks have left, while kernels wait. */
  note(left: BlocksOnCells): void
  /** Forgets the remembered cells, once every waiting kernel has searched them. */
  forget(): void
}

/** The room for kernels that may use certain cells: those of their partition. */
export class PartitionSpace implements FreeSpace {
  readonly placement: Placement
  readonly #machine: Machine
  readonly #program: Program
  readonly #targets: Targets
  /** Lanes that must search all of their cells, because more than the freed ones may have changed. */
  readonly #lookEverywhere: Uint8Array
  readonly #freed: Int16Array
  readonly #isFreed: Uint8Array
  #freedCount = 0

  constructor(machine: Machine, program: Program, targets: Targets) {
    this.placement = createPlacement(machine.cells)
    this.#machine = machine
    this.#program = program
    this.#targets = targets
    this.#lookEverywhere = new Uint8Array(program.lanes)
    this.#freed = new Int16Array(machine.cells)
    this.#isFreed = new Uint8Array(machine.cells)
  }

  lookEverywhere(lane: number): void {
    this.#lookEverywhere[lane] = 1
  }

  mayFit(lane: number, pending: Int32Array, ahead: number): boolean {
    return this.#hasNews(lane) && !this.#shutOut(lane, pending, ahead)
  }

  find(lane: number, pending: Int32Array, ahead: number): number {
    const { cus, free, resident, row, target } = this.#machine
    const { demand, perCu } = this.#program
    const { members, lists, cells } = this.#targets
    const { cell: roomy, count } = this.placement
    const everywhere = this.#lookEverywhere[lane] === 1
    this.#lookEverywhere[lane] = 0
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
      if (ahead > 0 && this.#isClosed(cell, pending, ahead)) continue
      roomy[size] = cell
      count[size++] = fit
      room += fit
    }
    this.placement.size = size
    return room
  }

  take(): void {}

  leave(): void {}

  note({ cell: cells, from, size }: BlocksOnCells): void {
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

  forget(): void {
    for (let i = 0; i < this.#freedCount; i++) this.#isFreed[this.#freed[i]] = 0
    this.#freedCount = 0
  }

  /** Whether the lane may find room that was not there when it last searched. */
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
  #shutOut(lane: number, pending: Int32Array, ahead: number): boolean {
    const { target } = this.#machine
    for (let j = 0; j < ahead; j++) {
      if (this.#targets.covers(target[pending[j]], target[lane])) return true
    }
    return false
  }

  /** Whether one of the first `ahead` pending kernels may use the cell. */
  #isClosed(cell: number, pending: Int32Array, ahead: number): boolean {
    const { members, cells } = this.#targets
    const { target } = this.#machine
    for (let j = 0; j < ahead; j++) {
      if (members[target[pending[j]] * cells + cell] === 1) return true
    }
    return false
  }
}
