import { attempted, WorkError } from '../errors.js'
import type { Contestant, MeasuredWindow } from './contest.js'

/** A contestant that is being measured: its windows so far, and why there will be no more of them. */
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

  /** Runs a step, which may produce a window. Once a step has failed, later ones are skipped. */
  async attempt(step: () => Promise<MeasuredWindow | undefined>): Promise<void> {
    if (this.hasFailed) return
    const window = await attempted(step)
    if (window instanceof WorkError) this.#failed = window.message
    else if (window !== undefined) this.#windows.push(window)
  }

  /** Forgets everything tried so far. */
  reset(): void {
    this.#windows = []
    this.#failed = undefined
  }

  contestant(): Contestant {
    return { ...this.subject, windows: [...this.#windows], failed: this.#failed }
  }
}
