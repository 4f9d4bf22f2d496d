import type { Device } from '../device/device.js'
import type { Partition } from '../device/partition.js'

/**
 * The partitions that kernels run on, as compute units: the plan's, then one per lane for kernels
 * placed at dispatch, which change.
 */
export class Targets {
  readonly cus: number
  readonly #count: number
  readonly #pooled: number
  readonly #sizes: Int32Array
  readonly #lists: Int16Array
  readonly #members: Uint8Array
  readonly #covers: Uint8Array

  constructor(device: Device, partitions: readonly Partition[], lanes: number) {
    const granuleOfCu = cuGranules(device)
    this.cus = granuleOfCu.length
    this.#pooled = partitions.length
    this.#count = partitions.length + lanes
    this.#sizes = new Int32Array(this.#count)
    this.#lists = new Int16Array(this.#count * this.cus)
    this.#members = new Uint8Array(this.#count * this.cus)
    this.#covers = new Uint8Array(this.#count * this.#count)
    partitions.forEach((granules, i) => {
      this.#assign(i, granuleOfCu, new Set(granules))
    })
    for (let a = 0; a < this.#pooled; a++) {
      for (let b = 0; b < this.#pooled; b++) this.#covers[a * this.#count + b] = this.#within(a, b)
    }
    for (let a = 0; a < this.#count; a++) this.#covers[a * this.#count + a] = 1
  }

  /** Compute units of a target. */
  size(target: number): number {
    return this.#sizes[target]
  }

  /** The i-th compute unit of a target. */
  cu(target: number, i: number): number {
    return this.#lists[target * this.cus + i]
  }

  has(target: number, cu: number): boolean {
    return this.#members[target * this.cus + cu] === 1
  }

  /** Whether one target is known to hold every compute unit of another. */
  covers(target: number, other: number): boolean {
    return this.#covers[target * this.#count + other] === 1
  }

  /** Sets the target of a lane's kernel that is placed at dispatch; returns its index. */
  place(lane: number, granuleOfCu: Int32Array, granules: readonly number[]): number {
    const target = this.#pooled + lane
    this.#members.fill(0, target * this.cus, (target + 1) * this.cus)
    this.#assign(target, granuleOfCu, new Set(granules))
    return target
  }

  #assign(target: number, granuleOfCu: Int32Array, granules: ReadonlySet<number>): void {
    const first = target * this.cus
    let size = 0
    for (let cu = 0; cu < granuleOfCu.length; cu++) {
      if (!granules.has(granuleOfCu[cu])) continue
      this.#lists[first + size++] = cu
      this.#members[first + cu] = 1
    }
    this.#sizes[target] = size
  }

  #within(outer: number, inner: number): number {
    for (let i = 0; i < this.#sizes[inner]; i++) {
      if (!this.has(outer, this.cu(inner, i))) return 0
    }
    return 1
  }
}

/** The granule of each compute unit. */
export function cuGranules(device: Device): Int32Array {
  return Int32Array.from(
    device.granules.flatMap(({ cus }, granule) => Array<number>(cus).fill(granule)),
  )
}
