import type { ServedModelPlan } from '../../plan/serving-plan.js'
import { RATE_WINDOW_S } from './drift.js'
import type { TargetCount } from './target-counts.js'

/** The requests of one model that ended in the window, beside the share that its target asks for. */
export interface ObservedModel extends TargetCount {
  readonly name: string
  readonly quantile: number
}

/** A share in time that is closer to the quantile is not worth another plan. */
const LEAST_GAP = 0.02
/** How likely a model that meets its target may be to look as bad as this. Too few requests never do. */
const CHANCE = 1e-6
/** Looks in a row, one a second, that have to agree: as many as make the window new altogether. */
const LOOKS = RATE_WINDOW_S
/** Looks to wait after the first attempt to mend it; each further attempt doubles the wait. */
const FIRST_PAUSE = 60
const LONGEST_PAUSE = 960

/**
 * Whether clearly fewer requests were in time than the target asks for, and not by chance. The bound
 * on the lower tail of the binomial distribution is n·D(share ‖ quantile) > ln(1 / chance), with D the
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

/** Says that targets are missed once they have been for a while, and then less and less often. */
export class Shortfall {
  /** What had been counted at each look of the window, the oldest first. */
  #counts: ReadonlyMap<string, TargetCount>[] = []
  #looks = 0
  #pauseLeft = 0
  #nextPause = FIRST_PAUSE

  /**
   * To be called once a second.
   * @param counts since the server started
   * @returns the models that fell short in the window
   */
  look(
    models: readonly Pick<ServedModelPlan, 'name' | 'quantile'>[],
    counts: ReadonlyMap<string, TargetCount>,
  ): readonly ObservedModel[] {
    this.#counts = [...this.#counts.slice(-RATE_WINDOW_S), counts]
    const [then] = this.#counts
    const short = models
      .map(({ name, quantile }) => ({ name, quantile, ...since(then.get(name), counts.get(name)) }))
      .filter(fallsShort)
    this.#looks = short.length > 0 ? this.#looks + 1 : 0
    this.#pauseLeft = Math.max(0, this.#pauseLeft - 1)
    return short
  }

  /** Whether it has lasted, and the last attempt to mend it is long enough ago. */
  get isDue(): boolean {
    return this.#looks >= LOOKS && this.#pauseLeft === 0
  }

  /** An attempt was made, whatever came of it. */
  tried(): void {
    this.#forget()
    this.#pauseLeft = this.#nextPause
    this.#nextPause = Math.min(2 * this.#nextPause, LONGEST_PAUSE)
  }

  /** The load or the plan is another one: what was seen and tried before says nothing of it. */
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
