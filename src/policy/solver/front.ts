import type { CostTable } from './cost-table.js'
import { SwitchDp } from './switch-dp.js'

/** One assignment of a worker's kernels to its streams. */
export interface FrontPoint {
  /** Sum of the kernels' solo durations in µs. */
  readonly timeUs: number
  /** Mean over the kernels of the CUs of their stream (ECLIP's CUAverage). */
  readonly averageCus: number
  /** Stream of each kernel. */
  readonly streams: Uint8Array
}

/**
 * The lower convex hull of one worker's points (time, average CUs) under its switch budget,
 * explored by price: every vertex is the cheapest point for some price of a CU.
 */
export class Front {
  readonly #table: CostTable
  readonly #dp: SwitchDp
  readonly #prices: Float64Array
  /** Dynamic programs solved so far. */
  solves = 0

  constructor(table: CostTable, switchBudget: number) {
    this.#table = table
    this.#dp = new SwitchDp(table.kernels, table.streams, switchBudget)
    this.#prices = new Float64Array(table.us.length)
  }

  /** The point with the least timeUs + price * averageCus. The price is at least 0, in µs per average CU. */
  cheapest(price: number): FrontPoint {
    const { us, cus, kernels, streams } = this.#table
    for (let s = 0; s < streams; s++) {
      const rent = (price * cus[s]) / kernels
      for (let i = s; i < us.length; i += streams) this.#prices[i] = us[i] + rent
    }
    this.#dp.solve(this.#prices)
    this.solves++
    return this.#point(this.#dp.path(this.#dp.cheapestBudget()))
  }

  /** The point with the fewest average CUs: every kernel on the smallest stream. */
  smallest(): FrontPoint {
    const { cus, kernels } = this.#table
    return this.#point(new Uint8Array(kernels).fill(cus.indexOf(Math.min(...cus))))
  }

  #point(path: Uint8Array): FrontPoint {
    const { us, cus, streams, kernels } = this.#table
    let timeUs = 0
    let total = 0
    for (let k = 0; k < kernels; k++) {
      timeUs += us[k * streams + path[k]]
      total += cus[path[k]]
    }
    return { timeUs, averageCus: total / kernels, streams: path }
  }
}
