/**
 * Cheapest assignment of a chain of kernels to streams by number of switches:
 *
 *   V[k][b][s] = price[k][s] + min(V[k-1][b][s], min over r != s of V[k-1][b-1][r])
 *
 * Exact, in O(kernels * budget * streams). The buffers are reused from solve to solve.
 */
export class SwitchDp {
  /** Most switches a chain may use: the budget, or one fewer than its kernels. */
  readonly budget: number
  /** After `solve`: cheapest total price with exactly b switches, at [b]; Infinity if impossible. */
  readonly values: Float64Array
  readonly #kernels: number
  readonly #streams: number
  readonly #best: Float64Array
  readonly #from: Uint8Array

  constructor(kernels: number, streams: number, budget: number) {
    this.#kernels = kernels
    this.#streams = streams
    this.budget = Math.max(0, Math.min(budget, kernels - 1))
    const states = (this.budget + 1) * streams
    this.values = new Float64Array(this.budget + 1)
    this.#best = new Float64Array(states)
    this.#from = new Uint8Array(kernels * states)
  }

  /** Fills `values` for prices at [kernel * streams + stream]. */
  solve(prices: Float64Array): void {
    const streams = this.#streams
    const best = this.#best.fill(Number.POSITIVE_INFINITY)
    for (let s = 0; s < streams; s++) best[s] = prices[s]
    for (let k = 1; k < this.#kernels; k++) this.#step(k, prices)
    for (let b = 0; b <= this.budget; b++) {
      let value = Number.POSITIVE_INFINITY
      for (let s = 0; s < streams; s++) value = Math.min(value, best[b * streams + s])
      this.values[b] = value
    }
  }

  /** Extends every chain by kernel k; rows go downwards because row b reads the old row b - 1. */
  #step(k: number, prices: Float64Array): void {
    const streams = this.#streams
    const best = this.#best
    const from = this.#from
    const price = k * streams
    for (let b = Math.min(k, this.budget); b >= 0; b--) {
      const row = b * streams
      const back = (k * (this.budget + 1) + b) * streams
      let first = Number.POSITIVE_INFINITY
      let second = Number.POSITIVE_INFINITY
      let firstAt = 0
      let secondAt = 0
      for (let s = 0; b > 0 && s < streams; s++) {
        const value = best[row - streams + s]
        if (value < first) {
          second = first
          secondAt = firstAt
          first = value
          firstAt = s
        } else if (value < second) {
          second = value
          secondAt = s
        }
      }
      for (let s = 0; s < streams; s++) {
        const stay = best[row + s]
        const enter = s === firstAt ? second : first
        const isSwitch = enter < stay
        best[row + s] = (isSwitch ? enter : stay) + prices[price + s]
        from[back + s] = isSwitch ? (s === firstAt ? secondAt : firstAt) : s
      }
    }
  }

  /** Fewest switches within the budget that reach the cheapest price. */
  cheapestBudget(): number {
    let cheapest = 0
    for (let b = 1; b <= this.budget; b++) {
      if (this.values[b] < this.values[cheapest]) cheapest = b
    }
    return cheapest
  }

  /** The stream of each kernel on the cheapest chain of exactly b switches. */
  path(switches: number): Uint8Array {
    const streams = this.#streams
    const path = new Uint8Array(this.#kernels)
    let b = switches
    let s = 0
    for (let r = 1; r < streams; r++) {
      if (this.#best[b * streams + r] < this.#best[b * streams + s]) s = r
    }
    for (let k = this.#kernels - 1; k >= 0; k--) {
      path[k] = s
      if (k === 0) break
      const previous = this.#from[(k * (this.budget + 1) + b) * streams + s]
      if (previous !== s) b--
      s = previous
    }
    return path
  }
}
