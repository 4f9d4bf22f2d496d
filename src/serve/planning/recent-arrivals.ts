import { getOrMake } from '../../maps.js'

/**
 * How many requests of a model are remembered (more than come while a re-planner
 * watches), and for how many seconds.
 */
const MOST_REQUESTS = 2 ** 17
const LONGEST_S = 120

/** The requests that came within some time, as plain data that can be sent to a thread. */
export interface ArrivalWindow {
  /** The length of this time, s. */
  readonly lengthS: number
  readonly byModel: ReadonlyMap<string, ModelArrivals>
}

export interface ModelArrivals {
  /** Seconds since its start, ascending. */
  readonly timesS: Float64Array
  /** Rows of all these requests together. */
  readonly rows: number
}

/** The requests of the last minutes, by model. Other plans are made for them and tried on them. */
export class RecentArrivals {
  readonly #byModel = new Map<string, Ring>()

  /** @param timeS on a monotonic clock */
  add(model: string, timeS: number, rows: number): void {
    getOrMake(this.#byModel, model, () => new Ring()).add(timeS, rows)
  }

  /**
   * The requests of the last `lengthS` seconds. The window is shorter if the first request came later, or if some
   * model is not remembered that far back.
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

/** The latest requests of one model, in memory that is allocated once. */
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
