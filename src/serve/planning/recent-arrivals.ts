/** Requests of a model that are remembered, and for how long. */
const MOST_REQUESTS = 20_000
const WINDOW_S = 120

/** When requests of one model came, in s of the monotonic clock, and the rows they had together. */
export interface ModelArrivals {
  readonly timesS: readonly number[]
  readonly meanRows: number
}

interface Recorded {
  readonly timeS: number
  readonly rows: number
}

/** The requests of the last minutes, by model: what another plan is tried on. */
export class RecentArrivals {
  readonly #byModel = new Map<string, Recorded[]>()

  add(model: string, timeS: number, rows: number): void {
    const recorded = this.#byModel.get(model) ?? []
    this.#byModel.set(model, recorded)
    recorded.push({ timeS, rows })
    // Cut rarely, so that adding stays cheap.
    if (recorded.length > 2 * MOST_REQUESTS) recorded.splice(0, recorded.length - MOST_REQUESTS)
  }

  /** When the oldest request came that all models remember back to, at most the window ago. */
  since(nowS: number): number {
    let fromS = Number.POSITIVE_INFINITY
    let leastS = nowS - WINDOW_S
    for (const recorded of this.#byModel.values()) {
      fromS = Math.min(fromS, recorded[0].timeS)
      if (recorded.length >= MOST_REQUESTS) {
        leastS = Math.max(leastS, recorded[recorded.length - MOST_REQUESTS].timeS)
      }
    }
    return Math.max(leastS, fromS)
  }

  /** What came of a model between two times. */
  between(model: string, fromS: number, toS: number): ModelArrivals {
    const recorded = this.#byModel.get(model) ?? []
    const chosen = recorded.filter(({ timeS }) => timeS >= fromS && timeS < toS)
    const rows = chosen.reduce((total, one) => total + one.rows, 0)
    return {
      timesS: chosen.map(({ timeS }) => timeS),
      meanRows: chosen.length === 0 ? 1 : rows / chosen.length,
    }
  }
}
