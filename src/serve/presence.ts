/**
 * Whether a client still waits for its answer. An AbortSignal would do the same, but at a cost that is felt where
 * requests take microseconds.
 */
export class Presence {
  #hasLeft = false
  #listener: (() => void) | undefined

  get hasLeft(): boolean {
    return this.#hasLeft
  }

  /** The client has gone away. */
  leave(): void {
    this.#hasLeft = true
    this.#listener?.()
  }

  /** Calls the listener when the client leaves; it replaces an earlier one. */
  onLeave(listener: (() => void) | undefined): void {
    this.#listener = listener
  }
}
