/** The rate of requests for one model: the rate that the plan was made for, and the present one. */
export interface AskedRate {
  readonly name: string
  /** Requests per second. */
  readonly plannedPerS: number
  readonly comingPerS: number
}

/** A rate is measured over this many seconds. */
export const RATE_WINDOW_S = 10
/** A rate counts as changed when it has grown by this factor, or fallen by it. */
const FACTOR = 1.25
/** The count must also be off by this many standard deviations, because small counts vary by chance. */
const DEVIATIONS = 4
/** This many looks in a row, one a second, have to agree: after as many, everything in the window is new. */
const LOOKS = RATE_WINDOW_S

/** The models whose rate clearly differs from the one that the plan was made for. */
export function moved(rates: readonly AskedRate[]): readonly AskedRate[] {
  return rates.filter(({ plannedPerS, comingPerS }) => {
    const isOther = comingPerS > plannedPerS * FACTOR || comingPerS < plannedPerS / FACTOR
    const expected = plannedPerS * RATE_WINDOW_S
    const off = Math.abs(comingPerS - plannedPerS) * RATE_WINDOW_S
    return isOther && off > DEVIATIONS * Math.sqrt(expected)
  })
}

/** Reports that the load has moved, but only once that has lasted for a while. */
export class Drift {
  #looks = 0

  /** Call it once a second. */
  look(rates: readonly AskedRate[]): readonly AskedRate[] {
    const isAsked = rates.some(({ comingPerS }) => comingPerS > 0)
    const elsewhere = isAsked ? moved(rates) : []
    this.#looks = elsewhere.length > 0 ? this.#looks + 1 : 0
    return this.#looks >= LOOKS ? elsewhere : []
  }

  /** The present load is now the one that the plan is for. */
  reset(): void {
    this.#looks = 0
  }
}
