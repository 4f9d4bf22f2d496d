import type { UnitGaps } from '../schedule/arrivals.js'

/** When the requests of one model are due: gaps of mean 1 between them, taken at a rate. */
export interface ArrivalStream {
  /** Index of the load it belongs to. */
  readonly owner: number
  readonly gaps: UnitGaps
  readonly ratePerS: number
}

/** A request that is due. */
export interface Due {
  /** Index of the load it belongs to. */
  readonly owner: number
  readonly atUs: number
}

/** Several streams of arrivals as one, without end, in order of time. */
export class Timetable {
  readonly #streams: readonly ArrivalStream[]
  readonly #dueUs: number[]

  /** @param streams at least one */
  constructor(startUs: number, streams: readonly ArrivalStream[]) {
    this.#streams = streams
    this.#dueUs = streams.map((stream) => startUs + gapUs(stream))
  }

  next(): Due {
    const atUs = Math.min(...this.#dueUs)
    const first = this.#dueUs.indexOf(atUs)
    this.#dueUs[first] += gapUs(this.#streams[first])
    return { owner: this.#streams[first].owner, atUs }
  }
}

function gapUs({ gaps, ratePerS }: ArrivalStream): number {
  return (gaps.next() * 1e6) / ratePerS
}
