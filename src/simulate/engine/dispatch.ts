import { type Machine, move } from '../model/machine.js'
import type { Program } from '../model/program.js'
import { keepRoomiest, type Placement } from './placement.js'
import type { Room } from './room.js'

/**
 * Dispatches blocks in the order of the hardware: the pending kernel of the highest priority comes
 * first, and among equals the one that arrived first. A kernel that still has blocks left closes what
 * it may use to all kernels behind it, even if those would fit. Blocks go to the cells with the most
 * room.
 */
export class Dispatcher {
  readonly #machine: Machine
  readonly #program: Program
  readonly #room: Room
  readonly #start: (lane: number, placement: Placement) => void
  /** The lanes whose kernel has blocks left, in dispatch order. */
  readonly #pending: Int32Array
  #pendingCount = 0
  /** The room that the noted cells had before it was cut down. */
  readonly #before: Int16Array

  /** @param start called when blocks of a lane's kernel were placed; the placement is reused */
  constructor(
    machine: Machine,
    program: Program,
    room: Room,
    start: (lane: number, placement: Placement) => void,
  ) {
    this.#machine = machine
    this.#program = program
    this.#room = room
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
    this.#room.lookEverywhere(lane)
  }

  /** Notes that blocks of the lane's kernel left cells: `size` of them from index `from` on. */
  freed(lane: number, cells: Int16Array, counts: Int16Array, from: number, size: number): void {
    this.#room.leave(lane, cells, counts, from, size)
    if (this.#pendingCount > 0) this.#room.note(cells, from, size)
  }

  /** Dispatches as many pending blocks as fit. */
  run(): void {
    const pending = this.#pending
    const room = this.#room
    const before = this.#pendingCount
    if (before === 0) return
    let kept = 0
    for (let i = 0; i < before; i++) {
      const lane = pending[i]
      if (room.mayFit(lane, pending, kept)) this.#dispatch(lane, kept)
      if (this.#machine.undispatched[lane] > 0) pending[kept++] = lane
      else for (let j = i + 1; j < before; j++) room.lookEverywhere(pending[j])
    }
    this.#pendingCount = kept
    room.forget()
  }

  #priority(lane: number): number {
    const { priority, workerOfLane } = this.#program
    return priority[this.#machine.row[lane]] + this.#machine.level[workerOfLane[lane]]
  }

  #dispatch(lane: number, ahead: number): void {
    const fitting = this.#room.find(lane, this.#pending, ahead)
    if (fitting === 0) return
    const machine = this.#machine
    const left = machine.undispatched[lane]
    const { placement } = this.#room
    placement.blocks = Math.min(fitting, left)
    if (fitting > left) keepRoomiest(machine, placement, this.#before)
    const row = machine.row[lane]
    const { cell, count, size } = placement
    move(machine, this.#program, row, cell, count, 0, size, 1)
    this.#room.take(lane)
    machine.undispatched[lane] = left - placement.blocks
    machine.running[lane] += placement.blocks
    this.#start(lane, placement)
  }
}
