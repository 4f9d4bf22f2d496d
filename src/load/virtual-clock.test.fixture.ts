import type { Clock } from './clock.js'

/**
 * Time that passes as fast as the events allow, so that a test of minutes takes seconds and its
 * times are exact. Events at the same time happen in the order in which they were requested.
 */
export class VirtualClock implements Clock {
  #nowUs = 0
  readonly #events: { readonly atUs: number; readonly wake: () => void }[] = []

  nowUs(): number {
    return this.#nowUs
  }

  sleepUntil(us: number): Promise<void> {
    const atUs = Math.max(us, this.#nowUs)
    return new Promise((wake) => {
      let place = this.#events.length
      while (place > 0 && this.#events[place - 1].atUs > atUs) place--
      this.#events.splice(place, 0, { atUs, wake })
    })
  }

  /** Lets time pass until the work is done. @throws Error if the work waits for something that never happens */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const ended = work.finally(() => {
      isDone = true
    })
    for (;;) {
      await new Promise(setImmediate)
      if (isDone) return ended
      const event = this.#events.shift()
      if (event === undefined) throw new Error('the work waits for something that never happens')
      this.#nowUs = event.atUs
      event.wake()
    }
  }
}
