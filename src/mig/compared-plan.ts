import type { Capacity } from '../schedule/partitions/capacity.js'
import {
  carriedAsPrinted,
  gpusNeeded,
  type Needed,
  type SizedPlan,
  sizedPlan,
} from './gpus-needed.js'
import { checkExactly, type ExactCheck, type ParisQuestion } from './study.js'

export interface PlanQuestion extends ParisQuestion {
  /** Rate for which there shall be enough GPUs, requests per second. If absent, the problem says how many there are. */
  readonly ratePerS?: number | undefined
  /** Not run, either, if the GPUs are too many to try all layouts. */
  readonly exactCheck: 'run' | 'skip'
}

/** PARIS's plan, and what it is compared with. */
export interface ComparedPlan {
  /** Present if a rate was asked for. */
  readonly needed?: Needed | undefined
  readonly sized: SizedPlan
  /** What PARIS carries exactly as in its paper. */
  readonly printed: Capacity
  readonly exact?: ExactCheck | undefined
}

/** PARIS's plan for the GPUs of a problem, or for as many as a rate needs. */
export async function comparedPlan(question: PlanQuestion): Promise<ComparedPlan> {
  const { problem: asked, effort, streams, ratePerS, exactCheck, onProgress } = question
  onProgress('PARIS')
  const needed =
    ratePerS === undefined
      ? undefined
      : await gpusNeeded(ratePerS, asked, effort, streams, onProgress)
  const sized = needed?.sized ?? (await sizedPlan(asked, effort, streams))
  const { problem, plan } = sized
  const exact = exactCheck === 'run' ? checkExactly(plan, { ...question, problem }) : undefined
  return { needed, sized, printed: carriedAsPrinted(sized, effort, streams), exact }
}
