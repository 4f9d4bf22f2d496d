import { type Device, totalCus } from '../../device/device.js'
import type { BlocksOnCells } from '../model/machine.js'

/**
 * Cohorts: blocks of one kernel that end together, each stored as a list of cells with the blocks
 * on each. The number of a cohort is reused once it has ended.
 */
export class Cohorts {
  readonly lane: Int32Array
  readonly endUs: Float64Array
  readonly size: Int32Array
  /** The cells of each cohort and their blocks: `capacity` values a cohort. */
  readonly cell: Int16Array
  readonly count: Int16Array
  readonly capacity: number
  /** The newest cohort of each lane while it runs, otherwise -1. */
  readonly newest: Int32Array
  readonly blocks: Int32Array
  readonly #found: BlocksOnCells
  readonly #unused: Int32Array
  #unusedCount: number

  constructor(device: Device, cells: number, lanes: number) {
    const most = totalCus(device) * device.cu.blocks
    this.capacity = 2 * cells
    this.lane = new Int32Array(most)
    this.endUs = new Float64Array(most)
    this.size = new Int32Array(most)
    this.blocks = new Int32Array(most)
    this.cell = new Int16Array(most * this.capacity)
    this.count = new Int16Array(most * this.capacity)
    this.#found = { cell: this.cell, count: this.count, from: 0, size: 0 }
    this.newest = new Int32Array(lanes).fill(-1)
    this.#unused = new Int32Array(most).map((_, i) => most - 1 - i)
    this.#unusedCount = most
  }

  /** Begins an empty cohort of a lane and returns its number. */
  begin(lane: number, endUs: number): number {
    const cohort = this.#unused[--this.#unusedCount]
    this.lane[cohort] = lane
    this.endUs[cohort] = endUs
    this.size[cohort] = 0
    this.blocks[cohort] = 0
    this.newest[lane] = cohort
    return cohort
  }

  /** Adds blocks to a cohort, skipping cells that have none. */
  add(cohort: number, placed: BlocksOnCells): void {
    const { cell, count } = this
    const end = placed.from + placed.size
    let at = cohort * this.capacity + this.size[cohort]
    const first = at
    for (let i = placed.from; i < end; i++) {
      if (placed.count[i] === 0) continue
      cell[at] = placed.cell[i]
      count[at++] = placed.count[i]
    }
    this.size[cohort] += at - first
  }

  /** The blocks of a cohort. The returned object is reused by the next call. */
  blocksOf(cohort: number): BlocksOnCells {
    this.#found.from = cohort * this.capacity
    this.#found.size = this.size[cohort]
    return this.#found
  }

  end(cohort: number): void {
    const lane = this.lane[cohort]
    if (this.newest[lane] === cohort) this.newest[lane] = -1
    this.#unused[this.#unusedCount++] = cohort
  }
}
