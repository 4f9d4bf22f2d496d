/**
 * A binary min-heap of (time, id) in typed arrays; equal times leave in the order they came.
 * The capacity is fixed: one pending end per partition.
 */
export class EventHeap {
  readonly #timeUs: Float64Array
  readonly #order: Float64Array
  readonly #id: Int32Array
  #size = 0
  #pushed = 0

  constructor(capacity: number) {
    this.#timeUs = new Float64Array(capacity)
    this.#order = new Float64Array(capacity)
    this.#id = new Int32Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  /** Time of the first event, µs; Infinity when there is none. */
  get firstUs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#timeUs[0]
  }

  push(timeUs: number, id: number): void {
    const order = this.#pushed++
    let hole = this.#size++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (this.#timeUs[parent] <= timeUs) break
      this.#copy(parent, hole)
      hole = parent
    }
    this.#put(hole, timeUs, order, id)
  }

  /** Removes the first event and returns its id; the heap must not be empty. */
  pop(): number {
    const first = this.#id[0]
    const last = --this.#size
    const timeUs = this.#timeUs[last]
    const order = this.#order[last]
    const id = this.#id[last]
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= last) break
      if (child + 1 < last && this.#before(child + 1, child)) child++
      if (!this.#isBefore(child, timeUs, order)) break
      this.#copy(child, hole)
      hole = child
    }
    this.#put(hole, timeUs, order, id)
    return first
  }

  #before(a: number, b: number): boolean {
    return this.#isBefore(a, this.#timeUs[b], this.#order[b])
  }

  #isBefore(a: number, timeUs: number, order: number): boolean {
    const difference = this.#timeUs[a] - timeUs
    return difference < 0 || (difference === 0 && this.#order[a] < order)
  }

  #copy(from: number, to: number): void {
    this.#timeUs[to] = this.#timeUs[from]
    this.#order[to] = this.#order[from]
    this.#id[to] = this.#id[from]
  }

  #put(at: number, timeUs: number, order: number, id: number): void {
    this.#timeUs[at] = timeUs
    this.#order[at] = order
    this.#id[at] = id
  }
}
