/** Marks the end of a chain of requests. */
export const NONE = -1

/**
 * The requests in flight, kept in typed arrays. A queue is a chain of slots linked through `next`.
 * Freed slots are reused, so memory depends on how many requests are in flight at once and not on
 * how many there are in all.
 */
export class RequestPool {
  arrivalUs: Float64Array
  batch: Int32Array
  tag: Float64Array
  next: Int32Array
  #free = NONE
  #used = 0

  constructor(capacity = 1024) {
    this.arrivalUs = new Float64Array(capacity)
    this.batch = new Int32Array(capacity)
    this.tag = new Float64Array(capacity)
    this.next = new Int32Array(capacity)
  }

  get capacity(): number {
    return this.next.length
  }

  /** Puts the request into a slot that is not linked to any other, and returns the slot's index. */
  take(arrivalUs: number, batch: number, tag: number): number {
    const slot = this.#free === NONE ? this.#append() : this.#free
    if (slot === this.#free) this.#free = this.next[slot]
    this.arrivalUs[slot] = arrivalUs
    this.batch[slot] = batch
    this.tag[slot] = tag
    this.next[slot] = NONE
    return slot
  }

  release(slot: number): void {
    this.next[slot] = this.#free
    this.#free = slot
  }

  #append(): number {
    if (this.#used === this.capacity) this.#grow()
    return this.#used++
  }

  #grow(): void {
    const capacity = this.capacity * 2
    const arrivalUs = new Float64Array(capacity)
    const batch = new Int32Array(capacity)
    const tag = new Float64Array(capacity)
    const next = new Int32Array(capacity)
    arrivalUs.set(this.arrivalUs)
    batch.set(this.batch)
    tag.set(this.tag)
    next.set(this.next)
    this.arrivalUs = arrivalUs
    this.batch = batch
    this.tag = tag
    this.next = next
  }
}
