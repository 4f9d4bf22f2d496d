import { RESOURCES } from './kernel-cost.js'
import { type Machine, occupy } from './machine.js'
import type { Program } from './program.js'

/**
 * Dispatch order of the hardware: the pending kernel of highest priority first, then the one that
 * arrived first. A kernel that still has blocks left closes its granules to all kernels behind it.
 */
export class Dispatcher {
  readonly #machine: Machine
  readonly #program: Program
  readonly #closed: Uint8Array
  readonly #fits: Int32Array

  constructor(machine: Machine, program: Program) {
    this.#machine = machine
    this.#program = program
    this.#closed = new Uint8Array(machine.granules)
    this.#fits = new Int32Array(machine.granules)
  }

  /** Queues the worker's kernel behind all of its priority or higher. */
  enqueue(worker: number): void {
    const machine = this.#machine
    const { pending } = machine
    const priority = this.#priority(worker)
    let place = machine.pendingCount++
    while (place > 0 && this.#priority(pending[place - 1]) < priority) {
      pending[place] = pending[place - 1]
      place--
    }
    pending[place] = worker
  }

  /**
   * Dispatches what fits, and calls `start` for each kernel that got blocks placed, with the blocks
   * by granule (valid during the call).
   */
  run(start: (worker: number, blocks: Int32Array, count: number) => void): void {
    const machine = this.#machine
    const { pending } = machine
    const before = machine.pendingCount
    this.#closed.fill(0)
    let kept = 0
    for (let i = 0; i < before; i++) {
      const worker = pending[i]
      const room = this.#room(worker)
      if (room > 0) {
        const count = this.#place(worker, room)
        start(worker, this.#fits, count)
      }
      if (machine.undispatched[worker] > 0) {
        this.#close(worker)
        pending[kept++] = worker
      }
    }
    machine.pendingCount = kept
  }

  #priority(worker: number): number {
    return this.#program.priority[this.#machine.row[worker]]
  }

  /** Blocks of the worker's kernel that fit on its open granules; fills `#fits`. */
  #room(worker: number): number {
    const { free, targets, targetCount, granules } = this.#machine
    const { demand } = this.#program
    const row = this.#machine.row[worker] * RESOURCES
    const first = worker * granules
    let room = 0
    for (let i = targetCount[worker] - 1; i >= 0; i--) {
      const granule = targets[first + i]
      let fit = 0
      if (this.#closed[granule] === 0) {
        const at = granule * RESOURCES
        fit = (free[at + 1] / demand[row + 1]) | 0
        for (let r = 0; r < RESOURCES; r++) {
          const need = demand[row + r]
          if (fit * need > free[at + r]) fit = (free[at + r] / need) | 0
        }
      }
      this.#fits[granule] = fit
      room += fit
    }
    return room
  }

  /** Places blocks on the granules in proportion to their room; returns how many. */
  #place(worker: number, room: number): number {
    const machine = this.#machine
    const first = worker * machine.granules
    const count = Math.min(room, machine.undispatched[worker])
    let passed = 0
    let placed = 0
    for (let i = 0; i < machine.targetCount[worker]; i++) {
      const granule = machine.targets[first + i]
      passed += this.#fits[granule]
      const upTo = Math.floor((count * passed) / room)
      this.#fits[granule] = upTo - placed
      if (upTo > placed) occupy(machine, this.#program, worker, granule, upTo - placed)
      placed = upTo
    }
    machine.undispatched[worker] -= count
    machine.running[worker] += count
    return count
  }

  #close(worker: number): void {
    const { targets, targetCount, granules } = this.#machine
    const first = worker * granules
    for (let i = 0; i < targetCount[worker]; i++) this.#closed[targets[first + i]] = 1
  }
}
