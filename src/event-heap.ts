/**
 * A binary heap of events on typed arrays, ordered by time and, at equal times, by insertion
 * (first in, first out). Holds a time in µs and an integer payload; grows by doubling.
 */
export class EventHeap {
  #timesUs: Float64Array
  #sequences: Float64Array
  #payloads: Int32Array
  #size = 0
  #nextSequence = 0

  constructor(capacity: number) {
    this.#timesUs = new Float64Array(capacity)
    this.#sequences = new Float64Array(capacity)
    this.#payloads = new Int32Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  /** Time of the earliest event in µs; infinity when empty. */
  get nextUs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#timesUs[0]
  }

  push(timeUs: number, payload: number): void {
    if (this.#size === this.#timesUs.length) this.#grow()
    const times = this.#timesUs
    const sequences = this.#sequences
    const payloads = this.#payloads
    let hole = this.#size++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (times[parent] <= timeUs) break
      times[hole] = times[parent]
      sequences[hole] = sequences[parent]
      payloads[hole] = payloads[parent]
      hole = parent
    }
    times[hole] = timeUs
    sequences[hole] = this.#nextSequence++
    payloads[hole] = payload
  }

  /** Removes the earliest event and returns its payload. The heap must not be empty. */
  pop(): number {
    const times = this.#timesUs
    const sequences = this.#sequences
    const payloads = this.#payloads
    const top = payloads[0]
    const size = --this.#size
    const timeUs = times[size]
    const sequence = sequences[size]
    let hole = 0
    for (let child = 1; child < size; child = 2 * hole + 1) {
      const right = child + 1
      if (right < size && earlier(times, sequences, right, child)) child = right
      if (timeUs < times[child] || (timeUs === times[child] && sequence < sequences[child])) break
      times[hole] = times[child]
      sequences[hole] = sequences[child]
      payloads[hole] = payloads[child]
      hole = child
    }
    times[hole] = timeUs
    sequences[hole] = sequence
    payloads[hole] = payloads[size]
    return top
  }

  #grow(): void {
    const capacity = this.#timesUs.length * 2
    this.#timesUs = extended(this.#timesUs, new Float64Array(capacity))
    this.#sequences = extended(this.#sequences, new Float64Array(capacity))
    this.#payloads = extended(this.#payloads, new Int32Array(capacity))
  }
}

function earlier(times: Float64Array, sequences: Float64Array, a: number, b: number): boolean {
  return times[a] < times[b] || (times[a] === times[b] && sequences[a] < sequences[b])
}

function extended<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
