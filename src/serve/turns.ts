/**
 * Resolves in the next turn of the event loop. Requests that have come by then are read together,
 * served together, and answered together: each system call empties the processor's caches, and to go
 * from one kind of work to the next with every request takes half as much time again.
 */
export function nextTurn(): Promise<void> {
  // A promise for each: where all requests of a turn go on as one, they keep their bodies for longer, and
  // the garbage of large ones takes as much time again.
  return new Promise((resolve) => setImmediate(resolve))
}

/** Lets so many through in one turn of the event loop; whoever comes later waits for one of the next. */
export class Turnstile {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #passed = 0

  constructor(most: number) {
    this.#most = most
  }

  async pass(): Promise<void> {
    if (this.#passed === 0) setImmediate(() => this.#turn())
    if (this.#passed++ < this.#most) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #turn(): void {
    const next = this.#waiting.splice(0, this.#most)
    this.#passed = next.length
    if (next.length > 0) setImmediate(() => this.#turn())
    for (const letThrough of next) letThrough()
  }
}
