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
  readonly #streams: readonly DrawnArrivals[]
  readonly #nextUs: number[]
  #first: number

  /** @param streams at least one */
  constructor(streams: readonly ArrivalStream[]) {
    this.#streams = streams.map((stream) => new DrawnArrivals(stream))
    this.#nextUs = this.#streams.map(({ nextUs }) => nextUs)
    this.#first = indexOfLeast(this.#nextUs)
  }

  /** When the next request of any stream arrives, in µs from the beginning. */
  get nextUs(): number {
    return this.#nextUs[this.#first]
  }

  /** Takes the next request and returns the index of its stream. */
  take(): number {
    const stream = this.#first
    this.#nextUs[stream] = this.#streams[stream].advance()
    this.#first = indexOfLeast(this.#nextUs)
    return stream
  }

  /** How many requests of a stream are still to come up to a time, in µs from the beginning. */
  countUntil(endUs: number, stream: number): number {
    return this.#streams[stream].countUntil(endUs)
  }
}

/** The arrivals of one stream. They are drawn one by one, unless it is asked how many there will be. */
class DrawnArrivals {
  readonly #stream: ArrivalStream
  /** One or more arrivals in µs, in order; those before `#place` are over. */
  readonly #timesUs: number[]
  #place = 0

  constructor(stream: ArrivalStream) {
    this.#stream = stream
    this.#timesUs = [gapUs(stream)]
  }

  get nextUs(): number {
    return this.#timesUs[this.#place]
  }

  /** Goes on to the arrival after the next one, and returns its time. */
  advance(): number {
    if (this.#place + 1 < this.#timesUs.length) return this.#timesUs[++this.#place]
    const afterUs = this.nextUs + gapUs(this.#stream)
    this.#timesUs.length = 1
    this.#timesUs[0] = afterUs
    this.#place = 0
    return afterUs
  }

  countUntil(endUs: number): number {
    let lastUs = this.#timesUs[this.#timesUs.length - 1]
    while (lastUs <= endUs) {
      lastUs += gapUs(this.#stream)
      this.#timesUs.push(lastUs)
    }
    return this.#timesUs.slice(this.#place).filter((timeUs) => timeUs <= endUs).length
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
