import { getOrMake } from '../../maps.js'

/** Requests of a model that are remembered, more than come while a re-planner watches, and for how long. */
const MOST_REQUESTS = 2 ** 17
const LONGEST_S = 120

/** The requests that came in a stretch of time, as plain data that a thread can be sent. */
export interface ArrivalWindow {
  /** How long the stretch was. */
  readonly lengthS: number
  readonly byModel: ReadonlyMap<string, ModelArrivals>
}

export interface ModelArrivals {
  /** Seconds from the beginning of the stretch, ascending. */
  readonly timesS: Float64Array
  /** Rows of all of them together. */
  readonly rows: number
}

/** The requests of the last minutes, by model: what other plans are made for and tried on. */
export class RecentArrivals {
  readonly #byModel = new Map<string, Ring>()

  /** @param timeS by a monotonic clock */
  add(model: string, timeS: number, rows: number): void {
    getOrMake(this.#byModel, model, () => new Ring()).add(timeS, rows)
  }

  /**
   * What came until now: since the first request, but for no longer than asked for and no further
   * back than every model is remembered.
   */
  last(lengthS: number, nowS: number): ArrivalWindow {
    const rings = [...this.#byModel.values()]
    const firstS = rings.reduce((first, ring) => Math.min(first, ring.oldestS), nowS)
    const forgottenS = rings.map((ring) => (ring.isFull ? ring.oldestS : firstS))
    const fromS = Math.max(nowS - Math.min(lengthS, LONGEST_S), firstS, ...forgottenS)
    const byModel = new Map([...this.#byModel].map(([name, ring]) => [name, ring.since(fromS)]))
    return { lengthS: nowS - fromS, byModel }
  }
}

/** The latest requests of one model, in memory that is taken once. */
class Ring {
  readonly #timesS = new Float64Array(MOST_REQUESTS)
  readonly #rows = new Uint32Array(MOST_REQUESTS)
  #count = 0

  get isFull(): boolean {
    return this.#count > MOST_REQUESTS
  }

  get oldestS(): number {
    return this.#timesS[this.isFull ? this.#count % MOST_REQUESTS : 0]
  }

  add(timeS: number, rows: number): void {
    const place = this.#count % MOST_REQUESTS
    this.#timesS[place] = timeS
    this.#rows[place] = rows
    this.#count++
  }

  since(fromS: number): ModelArrivals {
    const timesS: number[] = []
    let rows = 0
    for (let nth = Math.max(0, this.#count - MOST_REQUESTS); nth < this.#count; nth++) {
      const place = nth % MOST_REQUESTS
      if (this.#timesS[place] < fromS) continue
      timesS.push(this.#timesS[place] - fromS)
      rows += this.#rows[place]
    }
    return { timesS: Float64Array.from(timesS), rows }
  }
}
