/** The weight that everything seen so far keeps at each launch. */
const MEMORY = 0.9

/** How fast the requests of one model are launched while more of them are waiting. */
export class Pace {
  #intervalUs: number
  #rows: number
  /** The launch before this one, if requests were left waiting after it. */
  #previous: { readonly atUs: number; readonly rows: number } | undefined

  /** @param expectedRowUs the time between two rows, µs, to assume until something has been seen */
  constructor(expectedRowUs: number) {
    this.#intervalUs = expectedRowUs
    this.#rows = 1
  }

  /** Time between two rows, µs. */
  get rowUs(): number {
    return this.#intervalUs / this.#rows
  }

  /** A launch with this many rows begins, and leaves this many requests waiting. */
  launched(nowUs: number, rows: number, waiting: number): void {
    if (this.#previous !== undefined) {
      this.#intervalUs = MEMORY * this.#intervalUs + nowUs - this.#previous.atUs
      this.#rows = MEMORY * this.#rows + this.#previous.rows
    }
    this.#previous = waiting > 0 ? { atUs: nowUs, rows } : undefined
  }
}
