import { type BlocksOnCells, type Machine, move } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { FreeSpace } from './free-space.js'
import { keepRoomiest, type Placement } from './placement.js'

/**
 * Dispatches blocks in the order of the hardware: the pending kernel with the highest priority
 * comes first, and among equals the one that arrived first. A kernel that still has blocks left
 * closes everything it may use to all kernels behind it, even if those would fit. Blocks go to the
 * cells with the most room.
 */
export class Dispatcher {
  readonly #machine: Machine
  readonly #program: Program
  readonly #space: FreeSpace
  readonly #start: (lane: number, placement: Placement) => void
  /** The lanes whose kernel has blocks left, in dispatch order. */
  readonly #pending: Int32Array
  #pendingCount = 0
  /** The room that the cells of the placement had before it was cut down. */
  readonly #before: Int16Array

  /** @param start called when blocks of a lane's kernel have been placed; the placement object is reused */
  constructor(
    machine: Machine,
    program: Program,
    space: FreeSpace,
    start: (lane: number, placement: Placement) => void,
  ) {
    this.#machine = machine
    this.#program = program
    this.#space = space
    this.#start = start
    this.#pending = new Int32Array(program.lanes)
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
    this.#space.lookEverywhere(lane)
  }

  /** Records that blocks of the lane's kernel left cells. */
  freed(lane: number, left: BlocksOnCells): void {
    this.#space.leave(lane, left)
    if (this.#pendingCount > 0) this.#space.note(left)
  }

  /** Dispatches as many pending blocks as fit. */
  run(): void {
    const pending = this.#pending
    const space = this.#space
    const before = this.#pendingCount
    if (before === 0) return
    let kept = 0
    for (let i = 0; i < before; i++) {
      const lane = pending[i]
      if (space.mayFit(lane, pending, kept)) this.#dispatch(lane, kept)
      if (this.#machine.undispatched[lane] > 0) pending[kept++] = lane
      else for (let j = i + 1; j < before; j++) space.lookEverywhere(pending[j])
    }
    this.#pendingCount = kept
    space.forget()
  }

  #priority(lane: number): number {
    const { priority, workerOfLane } = this.#program
    return priority[this.#machine.row[lane]] + this.#machine.level[workerOfLane[lane]]
  }

  #dispatch(lane: number, ahead: number): void {
    const fitting = this.#space.find(lane, this.#pending, ahead)
    if (fitting === 0) return
    const machine = this.#machine
    const left = machine.undispatched[lane]
    const { placement } = this.#space
    placement.blocks = Math.min(fitting, left)
    if (fitting > left) keepRoomiest(machine, placement, this.#before)
    move(machine, this.#program, machine.row[lane], placement, 1)
    this.#space.take(lane)
    machine.undispatched[lane] = left - placement.blocks
    machine.running[lane] += placement.blocks
    this.#start(lane, placement)
  }
}
