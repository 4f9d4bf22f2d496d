/** How one model is asked: what the plan was made for, and what has come. */
export interface AskedRate {
  readonly name: string
  /** Requests per second. */
  readonly plannedPerS: number
  readonly comingPerS: number
}

/** Seconds of requests that a rate is taken over. */
export const RATE_WINDOW_S = 10
/** Times that a rate must have grown, or fallen to one part of, to count as another. */
const FACTOR = 1.25
/** Standard deviations by which the count must be off as well: few requests vary by chance. */
const DEVIATIONS = 4
/** Looks in a row, one a second, that have to agree: as many as make the window new altogether. */
const LOOKS = RATE_WINDOW_S

/** Models whose rate is clearly not the one that the plan was made for. */
export function moved(rates: readonly AskedRate[]): readonly AskedRate[] {
  return rates.filter(({ plannedPerS, comingPerS }) => {
    const isOther = comingPerS > plannedPerS * FACTOR || comingPerS < plannedPerS / FACTOR
    const expected = plannedPerS * RATE_WINDOW_S
    const off = Math.abs(comingPerS - plannedPerS) * RATE_WINDOW_S
    return isOther && off > DEVIATIONS * Math.sqrt(expected)
  })
}

/** Says that the load has moved once it has been elsewhere for a while, and not before. */
export class Drift {
  #looks = 0

  /** To be called once a second. */
  look(rates: readonly AskedRate[]): readonly AskedRate[] {
    const isAsked = rates.some(({ comingPerS }) => comingPerS > 0)
    const elsewhere = isAsked ? moved(rates) : []
    this.#looks = elsewhere.length > 0 ? this.#looks + 1 : 0
    return this.#looks >= LOOKS ? elsewhere : []
  }

  /** From now on the load is what was planned for. */
  reset(): void {
    this.#looks = 0
  }
}
