/** How much of what was seen before counts at every launch. */
const MEMORY = 0.9

/** How fast the requests of one model are launched while more of them wait. */
export class Pace {
  #intervalUs: number
  #rows: number
  /** The launch before, if it left something waiting. */
  #previous: { readonly atUs: number; readonly rows: number } | undefined

  /** @param expectedRowUs until something has been seen */
  constructor(expectedRowUs: number) {
    this.#intervalUs = expectedRowUs
    this.#rows = 1
  }

  /** Time between two rows, µs. */
  get rowUs(): number {
    return this.#intervalUs / this.#rows
  }

  /** A launch begins, with so many rows in it; so many requests go on waiting. */
  launched(nowUs: number, rows: number, waiting: number): void {
    if (this.#previous !== undefined) {
      this.#intervalUs = MEMORY * this.#intervalUs + nowUs - this.#previous.atUs
      this.#rows = MEMORY * this.#rows + this.#previous.rows
    }
    this.#previous = waiting > 0 ? { atUs: nowUs, rows } : undefined
  }
}
