/** What one running program is held to, and how that changes. */

import { preloadNativeLibrary, rangesToNativeLibrary } from '../binding/native-library.js'
import { type Change, type Held, type Part, partsOf, type Starts } from './change.js'
import type { Answer } from './control.js'
import { namesRanges } from './granule-list.js'
import { LiveSettings } from './live-settings.js'
import { askedOf, mpsTerms } from './mps-terms.js'
import type { Granted, ProgramState } from './run-state.js'

/**
 * The environment that holds a program to its terms.
 * @throws WorkError as `mpsTerms` does, and for granules if the library cannot be built, or if
 * another tool already receives the NVTX ranges that they name
 */
export function limitsOf(held: Held): Readonly<Record<string, string>> {
  if (held.granules === undefined) return mpsTerms(held)
  return {
    ...preloadNativeLibrary(),
    ...(namesRanges(held.granules) && rangesToNativeLibrary()),
    ECLIP_GRANULES: held.granules,
  }
}

/** What a program is held to, in the form that tables show. */
export function shownOf(held: Held): Granted {
  if (held.granules === undefined) return askedOf(held)
  return { granules: held.granules, priority: 'normal' }
}

export class HeldTerms {
  readonly #starts: Starts
  readonly #live: LiveSettings
  #held: Held
  #limits: Readonly<Record<string, string>>
  /** What it will be held to from its next start, if that differs. */
  #next: { readonly held: Held; readonly limits: Readonly<Record<string, string>> } | undefined

  /**
   * @param file a file of its own, for settings that the program looks at while it runs
   * @throws WorkError as {@link limitsOf} does, or if the file cannot be written
   */
  constructor(held: Held, starts: Starts, file: string) {
    this.#starts = starts
    this.#held = held
    this.#limits = limitsOf(held)
    this.#live = new LiveSettings(file)
  }

  /** The environment for the program's next start, which applies everything that was put off until then. */
  takeForStart(): Readonly<Record<string, string>> {
    if (this.#next !== undefined) {
      this.#held = this.#next.held
      this.#limits = this.#next.limits
      this.#next = undefined
      this.#renewLive()
    }
    return { ...this.#limits, ...this.#live.environment }
  }

  /** Whether something has been put off until the next start. */
  get isStartDue(): boolean {
    return this.#next !== undefined
  }

  /** In the form that tables show. */
  get shown(): Pick<
    ProgramState,
    'sharePercent' | 'granules' | 'priority' | 'yields' | 'memoryBytes' | 'next'
  > {
    return {
      ...shownOf(this.#held),
      ...(this.#next !== undefined && { next: shownOf(this.#next.held) }),
    }
  }

  /** @throws WorkError as {@link limitsOf} does, and then changes nothing */
  change(change: Change): Answer {
    const parts = partsOf(this.#held, change, this.#starts)
    const of = (...when: Part['holds'][]): Held =>
      Object.assign(
        {},
        ...parts.filter(({ holds }) => when.includes(holds)).map((part) => part.value),
      )
    const held = { ...this.#held, ...of('now') }
    const wanted = { ...this.#held, ...this.#next?.held, ...of('now', 'later') }
    const limits = limitsOf(wanted)
    this.#held = held
    if (this.#next !== undefined || parts.some(({ holds }) => holds === 'later'))
      this.#next = { held: wanted, limits }
    else this.#limits = limits
    this.#renewLive()
    return {
      said: parts.map((part) => `${change.program}: ${said(part, change)}`),
      isWhole: parts.every(({ holds }) => holds !== 'never'),
    }
  }

  #renewLive(): void {
    const { granules, priority, yields } = this.#held
    this.#live.change({ granules, yields, ...(typeof priority === 'number' && { priority }) })
  }
}

function said({ what, holds, because }: Part, { restart }: Change): string {
  if (holds === 'now') return `${what} ${because}`
  if (holds === 'never') return `${what} is not set: ${because}`
  return restart
    ? `${what} with the start that follows`
    : `${what} from its next start: ${because} (--restart starts it now)`
}
