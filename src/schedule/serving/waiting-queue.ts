/** A request that waits for a launch. Times in µs on the driver's clock. */
export interface WaitingRequest {
  /** The tag by which the driver knows the request. */
  readonly tag: number
  /** Samples it brings, 1 or more. */
  readonly samples: number
  readonly arrivalUs: number
  readonly deadlineUs: number
  /** A request of a higher class goes before any of a lower one. */
  readonly priorityClass: number
}

/**
 * The requests of one model in the order in which they are served: by class, then by deadline, then
 * by arrival. Most requests belong at the end, so adding one usually costs a single comparison.
 */
export class WaitingQueue {
  #requests: WaitingRequest[] = []
  #head = 0
  #samples = 0

  get length(): number {
    return this.#requests.length - this.#head
  }

  /** Total samples of all waiting requests. */
  get samples(): number {
    return this.#samples
  }

  /** The request at a position in the order; 0 is served next. */
  at(place: number): WaitingRequest {
    return this.#requests[this.#head + place]
  }

  add(request: WaitingRequest): void {
    const requests = this.#requests
    let place = requests.length
    for (; place > this.#head && isBefore(request, requests[place - 1]); place--) {
      requests[place] = requests[place - 1]
    }
    requests[place] = request
    this.#samples += request.samples
  }

  /** Takes the next request. The queue must not be empty. */
  take(): WaitingRequest {
    const request = this.#requests[this.#head++]
    this.#samples -= request.samples
    if (this.#head > 64 && this.#head * 2 > this.#requests.length) {
      this.#requests = this.#requests.slice(this.#head)
      this.#head = 0
    }
    return request
  }

  /** Removes the request with the tag; returns undefined if it does not wait here. */
  remove(tag: number): WaitingRequest | undefined {
    const place = this.#requests.findIndex((one, i) => i >= this.#head && one.tag === tag)
    if (place < 0) return undefined
    const [request] = this.#requests.splice(place, 1)
    this.#samples -= request.samples
    return request
  }
}

function isBefore(one: WaitingRequest, other: WaitingRequest): boolean {
  if (one.priorityClass !== other.priorityClass) return one.priorityClass > other.priorityClass
  return one.deadlineUs < other.deadlineUs
}
