import type { ServedModelPlan } from '../../plan/serving-plan.js'
import { RATE_WINDOW_S } from './drift.js'
import type { TargetCount } from './target-counts.js'

/** The requests of one model that ended in the window, and the share of them that its target asks for. */
export interface CountedModel extends TargetCount {
  readonly name: string
  readonly quantile: number
}

/** If the share in time is closer to the quantile than this, another plan is not worth the trouble. */
const LEAST_GAP = 0.02
/** The chance that a model which meets its target looks as bad as this. With too few requests, none does. */
const CHANCE = 1e-6
/** This many looks in a row, one a second, have to agree: after as many, everything in the window is new. */
const LOOKS = RATE_WINDOW_S
/** How many looks to wait after the first new plan was tried; each further try doubles the wait. */
const FIRST_PAUSE = 60
const LONGEST_PAUSE = 960

/**
 * Whether clearly fewer requests were in time than the target asks for, and not by chance. Chance is ruled out where
 * n·D(share ‖ quantile) > ln(1 / chance), by a bound on the lower tail of the binomial distribution in which D is the
 * relative entropy of two coins (Hoeffding 1963, theorem 1).
 */
export function fallsShort({ ended, inTime, quantile }: TargetCount & { quantile: number }) {
  if (ended === 0) return false
  const share = inTime / ended
  if (share > quantile - LEAST_GAP) return false
  const divergence = term(share, quantile) + term(1 - share, 1 - quantile)
  return ended * divergence > Math.log(1 / CHANCE)
}

function term(seen: number, asked: number): number {
  return seen === 0 ? 0 : seen * Math.log(seen / asked)
}

/** Reports missed targets once they have been missed for a while, and then less and less often. */
export class Shortfall {
  /** What had been counted at each look of the window, oldest first. */
  #counts: ReadonlyMap<string, TargetCount>[] = []
  #looks = 0
  #pauseLeft = 0
  #nextPause = FIRST_PAUSE

  /**
   * Call it once a second.
   * @param counts since the server started
   * @returns the models that fell short in the window
   */
  look(
    models: readonly Pick<ServedModelPlan, 'name' | 'quantile'>[],
    counts: ReadonlyMap<string, TargetCount>,
  ): readonly CountedModel[] {
    this.#counts = [...this.#counts.slice(-RATE_WINDOW_S), counts]
    const [then] = this.#counts
    const short = models
      .map(({ name, quantile }) => ({ name, quantile, ...since(then.get(name), counts.get(name)) }))
      .filter(fallsShort)
    this.#looks = short.length > 0 ? this.#looks + 1 : 0
    this.#pauseLeft = Math.max(0, this.#pauseLeft - 1)
    return short
  }

  /** Whether targets have been missed long enough, and the last try was long enough ago. */
  get isDue(): boolean {
    return this.#looks >= LOOKS && this.#pauseLeft === 0
  }

  /** A new plan was tried, whatever came of it. */
  tried(): void {
    this.#forget()
    this.#pauseLeft = this.#nextPause
    this.#nextPause = Math.min(2 * this.#nextPause, LONGEST_PAUSE)
  }

  /** The load or the plan has changed, so what was seen and tried before no longer counts. */
  reset(): void {
    this.#forget()
    this.#pauseLeft = 0
    this.#nextPause = FIRST_PAUSE
  }

  #forget(): void {
    this.#counts = []
    this.#looks = 0
  }
}

const NOTHING: TargetCount = { ended: 0, inTime: 0 }

function since(then = NOTHING, now = NOTHING): TargetCount {
  return { ended: now.ended - then.ended, inTime: now.inTime - then.inTime }
}
