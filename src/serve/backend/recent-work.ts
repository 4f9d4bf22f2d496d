import { addTo } from '../../maps.js'

/** Work begins to be forgotten after this many seconds, and is forgotten after twice as many. */
const MEMORY_S = 5

/** The share of each name in the work of the last seconds. */
export class RecentWork {
  #since: Tally = new Tally()
  #before: Tally = new Tally()
  /** When the present period began. Periods follow one another without gaps, even if nobody asks. */
  #turnedUs = 0

  /** @param work in any unit, as long as it is always the same one */
  add(name: string, work: number, nowUs: number): void {
    this.#turn(nowUs)
    this.#since.add(name, work)
  }

  /** The part of a name, 0 to 1; undefined if there was no work. */
  partOf(name: string, nowUs: number): number | undefined {
    this.#turn(nowUs)
    const total = this.#since.total + this.#before.total
    return total === 0 ? undefined : (this.#since.of(name) + this.#before.of(name)) / total
  }

  /** The parts of all names that had work. */
  parts(nowUs: number): Map<string, number> {
    this.#turn(nowUs)
    const names = new Set([...this.#since.names, ...this.#before.names])
    return new Map([...names].map((name) => [name, this.partOf(name, nowUs) ?? 0]))
  }

  #turn(nowUs: number): void {
    const periods = Math.floor((nowUs - this.#turnedUs) / (MEMORY_S * 1e6))
    if (periods < 1) return
    this.#before = periods === 1 ? this.#since : new Tally()
    this.#since = new Tally()
    this.#turnedUs += periods * MEMORY_S * 1e6
  }
}

/** The work of one period. */
class Tally {
  readonly #byName = new Map<string, number>()
  total = 0

  add(name: string, work: number): void {
    addTo(this.#byName, name, work)
    this.total += work
  }

  of(name: string): number {
    return this.#byName.get(name) ?? 0
  }

  get names(): Iterable<string> {
    return this.#byName.keys()
  }
}
