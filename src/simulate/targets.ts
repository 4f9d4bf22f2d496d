import type { Device } from '../device/device.js'
import type { Partition } from '../device/partition.js'

/**
 * The partitions that kernels run on, as cells: the plan's, then one per lane for kernels
 * placed at dispatch, which change.
 */
export class Targets {
  readonly cells: number
  readonly #count: number
  readonly #pooled: number
  readonly #sizes: Int32Array
  /** Cells of each target, `cells` places each. */
  readonly lists: Int16Array
  /** 1 where a target has a cell, `cells` places each. */
  readonly members: Uint8Array
  readonly #covers: Uint8Array

  constructor(granuleOfCell: Int32Array, partitions: readonly Partition[], lanes: number) {
    this.cells = granuleOfCell.length
    this.#pooled = partitions.length
    this.#count = partitions.length + lanes
    this.#sizes = new Int32Array(this.#count)
    this.lists = new Int16Array(this.#count * this.cells)
    this.members = new Uint8Array(this.#count * this.cells)
    this.#covers = new Uint8Array(this.#count * this.#count)
    partitions.forEach((granules, i) => {
      this.#assign(i, granuleOfCell, new Set(granules))
    })
    for (let a = 0; a < this.#pooled; a++) {
      for (let b = 0; b < this.#pooled; b++) this.#covers[a * this.#count + b] = this.#within(a, b)
    }
    for (let a = 0; a < this.#count; a++) this.#covers[a * this.#count + a] = 1
  }

  /** Cells of a target. */
  size(target: number): number {
    return this.#sizes[target]
  }

  /** Whether one target is known to hold every cell of another. */
  covers(target: number, other: number): boolean {
    return this.#covers[target * this.#count + other] === 1
  }

  /** Sets the target of a lane's kernel that is placed at dispatch; returns its index. */
  place(lane: number, granuleOfCell: Int32Array, granules: readonly number[]): number {
    const target = this.#pooled + lane
    this.members.fill(0, target * this.cells, (target + 1) * this.cells)
    this.#assign(target, granuleOfCell, new Set(granules))
    return target
  }

  #assign(target: number, granuleOfCell: Int32Array, granules: ReadonlySet<number>): void {
    const first = target * this.cells
    let size = 0
    for (let cell = 0; cell < granuleOfCell.length; cell++) {
      if (!granules.has(granuleOfCell[cell])) continue
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

/** The granule of each cell: cells take a granule's compute units `cuPerCell` at a time. */
export function cellGranules(device: Device, cuPerCell: number): Int32Array {
  return Int32Array.from(
    device.granules.flatMap(({ cus }, granule) => Array<number>(cus / cuPerCell).fill(granule)),
  )
}

/** The largest cells of at most `most` compute units that all granules divide into. */
export function cellSize(device: Device, most: number): number {
  for (let size = most; size > 1; size--) {
    if (device.granules.every(({ cus }) => cus % size === 0)) return size
  }
  return 1
}
