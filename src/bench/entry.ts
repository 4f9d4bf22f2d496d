import { WorkError } from '../errors.js'
import type { Contestant, MeasuredWindow } from './contest.js'

/** A contestant while it is measured: what came of it so far, and why it went no further. */
export class Entry<Subject extends Omit<Contestant, 'windows' | 'failed'>> {
  readonly subject: Subject
  #windows: MeasuredWindow[] = []
  #failed: string | undefined

  constructor(subject: Subject) {
    this.subject = subject
  }

  get hasFailed(): boolean {
    return this.#failed !== undefined
  }

  /** Takes a step towards its windows, or does nothing if an earlier one failed. */
  async attempt(step: () => Promise<MeasuredWindow | undefined>): Promise<void> {
    if (this.hasFailed) return
    try {
      const window = await step()
      if (window !== undefined) this.#windows.push(window)
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      this.#failed = error.message
    }
  }

  /** Begins anew, as if nothing had been tried. */
  reset(): void {
    this.#windows = []
    this.#failed = undefined
  }

  contestant(): Contestant {
    return { ...this.subject, windows: [...this.#windows], failed: this.#failed }
  }
}
