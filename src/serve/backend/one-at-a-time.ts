import { Refusal } from '../refusal.js'

/** Each change may take minutes on a GPU, so only this many may wait for one another. */
const MOST_CHANGES = 32

/** Loads, unloads and plan changes, made one after another in the order in which they were asked for. */
export class OneAtATime {
  #last: Promise<void> = Promise.resolve()
  /** Changes that are under way or wait. */
  #count = 0

  /**
   * Makes a change once all earlier ones have ended, whether they succeeded or failed.
   * @throws Refusal `overloaded` if too many changes wait
   */
  async run(change: () => Promise<void>): Promise<void> {
    if (this.#count >= MOST_CHANGES)
      throw new Refusal('overloaded', 'too many changes of what is loaded wait for one another')
    this.#count++
    const done = this.#last.then(change).finally(() => this.#count--)
    this.#last = done.catch(() => {})
    return done
  }
}
