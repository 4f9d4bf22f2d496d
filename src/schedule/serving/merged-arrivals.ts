import type { UnitGaps } from '../arrivals.js'

/** When the requests of one model arrive. */
export interface ArrivalStream {
  /** Gaps of mean 1; divided by the rate they become seconds. */
  readonly gaps: UnitGaps
  readonly ratePerS: number
}

/**
 * Several streams of arrivals merged into one, in order of time and without end. At equal times the
 * first stream goes first.
 */
export class MergedArrivals {
  readonly #streams: readonly ArrivalStream[]
  readonly #nextUs: number[]
  #first: number

  /** @param streams at least one */
  constructor(streams: readonly ArrivalStream[]) {
    this.#streams = streams
    this.#nextUs = streams.map((stream) => gapUs(stream))
    this.#first = indexOfLeast(this.#nextUs)
  }

  /** When the next request of any stream arrives, in µs from the beginning. */
  get nextUs(): number {
    return this.#nextUs[this.#first]
  }

  /** Takes the next request and returns the index of its stream. */
  take(): number {
    const stream = this.#first
    this.#nextUs[stream] += gapUs(this.#streams[stream])
    this.#first = indexOfLeast(this.#nextUs)
    return stream
  }
}

function gapUs({ gaps, ratePerS }: ArrivalStream): number {
  return (gaps.next() / ratePerS) * 1e6
}

function indexOfLeast(values: readonly number[]): number {
  let least = 0
  for (let i = 1; i < values.length; i++) if (values[i] < values[least]) least = i
  return least
}
