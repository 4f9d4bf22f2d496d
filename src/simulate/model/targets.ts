import type { Partition } from '../../device/partition.js'

/**
 * The partitions that kernels run on, as cells. First come those of the plan, which never change.
 * Then comes one for each lane, which changes with every kernel that is placed at dispatch.
 */
export class Targets {
  readonly cells: number
  readonly #count: number
  readonly #pooled: number
  readonly #sizes: Int32Array
  /** Cells of each target: `cells` values per target. */
  readonly lists: Int16Array
  /** 1 where a target contains a cell: `cells` values per target. */
  readonly members: Uint8Array
  readonly #covers: Uint8Array

  constructor(cellOfGranule: Int32Array, partitions: readonly Partition[], lanes: number) {
    this.cells = Math.max(...cellOfGranule) + 1
    this.#pooled = partitions.length
    this.#count = partitions.length + lanes
    this.#sizes = new Int32Array(this.#count)
    this.lists = new Int16Array(this.#count * this.cells)
    this.members = new Uint8Array(this.#count * this.cells)
    this.#covers = new Uint8Array(this.#count * this.#count)
    partitions.forEach((granules, i) => {
      this.#assign(i, cellOfGranule, granules)
    })
    for (let a = 0; a < this.#pooled; a++) {
      for (let b = 0; b < this.#pooled; b++) this.#covers[a * this.#count + b] = this.#within(a, b)
    }
    for (let a = 0; a < this.#count; a++) this.#covers[a * this.#count + a] = 1
  }

  /** Number of cells of a target. */
  size(target: number): number {
    return this.#sizes[target]
  }

  /** Whether one target is known to contain every cell of another. */
  covers(target: number, other: number): boolean {
    return this.#covers[target * this.#count + other] === 1
  }

  /** Sets the target of a lane's kernel that is placed at dispatch, and returns the index of the target. */
  place(lane: number, cellOfGranule: Int32Array, granules: readonly number[]): number {
    const target = this.#pooled + lane
    this.members.fill(0, target * this.cells, (target + 1) * this.cells)
    this.#assign(target, cellOfGranule, granules)
    return target
  }

  #assign(target: number, cellOfGranule: Int32Array, granules: readonly number[]): void {
    const first = target * this.cells
    let size = 0
    for (const granule of granules) {
      const cell = cellOfGranule[granule]
      if (this.members[first + cell] === 1) continue
      this.lists[first + size++] = cell
      this.members[first + cell] = 1
    }
    this.#sizes[target] = size
  }

  #within(outer: number, inner: number): number {
    for (let i = 0; i < this.#sizes[inner]; i++) {
      const cell = this.lists[inner * this.cells + i]
      if (this.members[outer * this.cells + cell] === 0) return 0
    }
    return 1
  }
}
