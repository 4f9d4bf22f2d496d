/**
 * Events on typed arrays, ordered by time and, at equal times, by insertion (first in, first out).
 * Holds a time in µs and an integer payload; grows by doubling. Kept sorted, the earliest at the
 * end: with the tens of events that queues here hold, shifting a few is cheaper than a heap.
 */
export class EventQueue {
  #timesUs: Float64Array
  #payloads: Int32Array
  #size = 0

  constructor(capacity: number) {
    this.#timesUs = new Float64Array(capacity)
    this.#payloads = new Int32Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  /** Time of the earliest event in µs; infinity when empty. */
  get nextUs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#timesUs[this.#size - 1]
  }

  push(timeUs: number, payload: number): void {
    if (this.#size === this.#timesUs.length) this.#grow()
    const times = this.#timesUs
    const payloads = this.#payloads
    let place = this.#size++
    for (; place > 0 && times[place - 1] <= timeUs; place--) {
      times[place] = times[place - 1]
      payloads[place] = payloads[place - 1]
    }
    times[place] = timeUs
    payloads[place] = payload
  }

  /** Removes the earliest event and returns its payload. The queue must not be empty. */
  pop(): number {
    return this.#payloads[--this.#size]
  }

  #grow(): void {
    const capacity = this.#timesUs.length * 2
    this.#timesUs = extended(this.#timesUs, new Float64Array(capacity))
    this.#payloads = extended(this.#payloads, new Int32Array(capacity))
  }
}

function extended<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
