/**
 * Cheapest assignment of a chain of kernels to streams by number of switches:
 *
 *   V[k][b][s] = price[k][s] + min(V[k-1][b][s], min over r != s of V[k-1][b-1][r])
 *
 * Exact, in O(kernels * budget * streams). All of V is kept, so that a path is read off the values
 * and the pass itself stores nothing else; the buffer is reused from solve to solve.
 */
export class SwitchDp {
  /** Most switches a chain may use: the budget, or one fewer than its kernels. */
  readonly budget: number
  /** After `solve`: cheapest total price with exactly b switches, at [b]. */
  readonly values: Float64Array
  readonly #kernels: number
  readonly #streams: number
  /** V at [(k * (budget + 1) + b) * streams + s]. */
  readonly #table: Float64Array

  constructor(kernels: number, streams: number, budget: number) {
    this.#kernels = kernels
    this.#streams = streams
    this.budget = Math.max(0, Math.min(budget, kernels - 1))
    this.values = new Float64Array(this.budget + 1)
    this.#table = new Float64Array(kernels * (this.budget + 1) * streams)
  }

  /** Fills `values` for prices at [kernel * streams + stream]. */
  solve(prices: Float64Array): void {
    const streams = this.#streams
    const table = this.#table
    table.fill(Number.POSITIVE_INFINITY, 0, (this.budget + 1) * streams)
    for (let s = 0; s < streams; s++) table[s] = prices[s]
    for (let k = 1; k < this.#kernels; k++) this.#extend(k, prices)
    for (let b = 0; b <= this.budget; b++) this.values[b] = table[this.#end(b)]
  }

  /** Computes V of kernel k from V of the kernel before it. */
  #extend(k: number, prices: Float64Array): void {
    const streams = this.#streams
    const table = this.#table
    const price = k * streams
    const width = (this.budget + 1) * streams
    let row = (k - 1) * width
    let cheapest = Number.POSITIVE_INFINITY
    let second = Number.POSITIVE_INFINITY
    let cheapestAt = -1
    for (let b = 0; b <= this.budget; b++, row += streams) {
      let nextCheapest = Number.POSITIVE_INFINITY
      let nextSecond = Number.POSITIVE_INFINITY
      let nextAt = -1
      for (let s = 0; s < streams; s++) {
        const stay = table[row + s]
        const enter = s === cheapestAt ? second : cheapest
        // A comparison is a quarter faster here than Math.min, and is equivalent because no value
        // is NaN.
        table[row + width + s] = prices[price + s] + (enter < stay ? enter : stay)
        if (stay < nextCheapest) {
          nextSecond = nextCheapest
          nextCheapest = stay
          nextAt = s
        } else if (stay < nextSecond) {
          nextSecond = stay
        }
      }
      cheapest = nextCheapest
      second = nextSecond
      cheapestAt = nextAt
    }
  }

  /**
   * The number of switches within the budget that is cheapest; the smallest one if several are
   * equal.
   * @param switchPrice what each switch adds to the total price
   */
  cheapestBudget(switchPrice = 0): number {
    const priceWith = (switches: number): number => this.values[switches] + switches * switchPrice
    let cheapest = 0
    for (let b = 1; b <= this.budget; b++) {
      if (priceWith(b) < priceWith(cheapest)) cheapest = b
    }
    return cheapest
  }

  /** The stream of each kernel on the cheapest chain of exactly b switches. */
  path(switches: number): Uint8Array {
    const streams = this.#streams
    const table = this.#table
    const width = (this.budget + 1) * streams
    const path = new Uint8Array(this.#kernels)
    let at = this.#end(switches)
    for (let k = this.#kernels - 1; k >= 0; k--) {
      path[k] = at % streams
      if (k === 0) break
      const stay = at - width
      const isFirstRow = at - k * width < streams
      const enter = isFirstRow ? stay : this.#cheapestOther(stay - path[k] - streams, path[k])
      at = table[enter] < table[stay] ? enter : stay
    }
    return path
  }

  /** Where in V the cheapest chain of exactly b switches ends. */
  #end(switches: number): number {
    const last = ((this.#kernels - 1) * (this.budget + 1) + switches) * this.#streams
    return this.#cheapestOther(last, -1)
  }

  /** The index of the least value in a row, leaving out one stream. */
  #cheapestOther(row: number, stream: number): number {
    let cheapest = stream === 0 ? row + 1 : row
    for (let s = 0; s < this.#streams; s++) {
      if (s !== stream && this.#table[row + s] < this.#table[cheapest]) cheapest = row + s
    }
    return cheapest
  }
}
