import { addTo } from '../../maps.js'

/** Seconds after which work begins to be forgotten; twice as long, and it is. */
const MEMORY_S = 5

/** What part of the work of the last seconds each of several had. */
export class RecentWork {
  #since: Tally = new Tally()
  #before: Tally = new Tally()
  /** When the present stretch began; stretches follow one another however seldom anybody asks. */
  #turnedUs = 0

  /** @param work in any unit, the same for all */
  add(name: string, work: number, nowUs: number): void {
    this.#turn(nowUs)
    this.#since.add(name, work)
  }

  /** The part of one, 0 to 1; undefined where nobody has had any work. */
  partOf(name: string, nowUs: number): number | undefined {
    this.#turn(nowUs)
    const total = this.#since.total + this.#before.total
    return total === 0 ? undefined : (this.#since.of(name) + this.#before.of(name)) / total
  }

  /** The parts of everybody who has had any. */
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

/** The work of one stretch of time. */
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
