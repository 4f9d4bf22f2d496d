import type { Device } from '../../device/device.js'
import { isPlaced, isPooled, type Plan } from '../../plan/plan.js'
import { type ChooseGranules, conservedPlacement, isolatedPlacement } from './dispatch-placement.js'
import type { Program } from './program.js'
import type { Targets } from './targets.js'

const NOWHERE: readonly number[] = []

/** Finds where each kernel runs: on its pool entry, or on granules chosen at dispatch. */
export class Placer {
  readonly #program: Program
  readonly #targets: Targets
  readonly #entries: readonly (readonly number[])[]
  readonly #chooses: boolean
  readonly #conserved: ChooseGranules
  readonly #isolated: ChooseGranules
  /** Whether each pool entry is placed only where no other kernel is. */
  readonly #isApart: readonly boolean[]
  /** How many lanes hold each granule, and which granules each lane holds. */
  readonly #holders: Int32Array
  readonly #held: (readonly number[])[]

  constructor(device: Device, plan: Plan, program: Program, targets: Targets) {
    this.#program = program
    this.#targets = targets
    this.#entries = plan.pool.map((entry) => (isPooled(entry) ? entry.granules : NOWHERE))
    this.#chooses = plan.pool.some(isPlaced)
    this.#conserved = conservedPlacement(device)
    this.#isolated = isolatedPlacement(device)
    this.#isApart = plan.pool.map((entry) => isPlaced(entry) && entry.overlap === 'none')
    this.#holders = new Int32Array(device.granules.length)
    this.#held = Array.from({ length: program.lanes }, () => NOWHERE)
  }

  /** The target of the lane's next kernel, given the kernel's row. */
  place(lane: number, row: number): number {
    const target = this.#program.target[row]
    if (!this.#chooses) return target
    const entry = this.#program.partition[row]
    this.#hold(lane, NOWHERE)
    const cus = this.#program.placedCus[entry]
    if (cus === 0) {
      this.#hold(lane, this.#entries[entry])
      return target
    }
    const choose = this.#isApart[entry] ? this.#isolated : this.#conserved
    const granules = choose(this.#holders, cus)
    this.#hold(lane, granules)
    return this.#targets.place(lane, this.#program.cells.cellOfGranule, granules)
  }

  /** Frees the granules that the lane's kernel, which has ended, had to itself. */
  ended(lane: number, row: number): void {
    if (this.#isApart[this.#program.partition[row]]) this.#hold(lane, NOWHERE)
  }

  #hold(lane: number, granules: readonly number[]): void {
    for (const granule of this.#held[lane]) this.#holders[granule]--
    for (const granule of granules) this.#holders[granule]++
    this.#held[lane] = granules
  }
}
