/**
 * Whether anybody still waits for the answer to a request. An AbortSignal would do the same, but at a cost that is
 * felt where requests take microseconds.
 */
export class Cancellation {
  #isCancelled = false
  #listener: (() => void) | undefined

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  /** The client has gone away, or the call has ended. */
  cancel(): void {
    this.#isCancelled = true
    this.#listener?.()
  }

  /** Calls the listener when the request is cancelled; it replaces an earlier one. */
  onCancel(listener: () => void): void {
    this.#listener = listener
  }
}
