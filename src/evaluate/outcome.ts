import { mean } from '../numbers.js'
import { overallVerdict } from '../plan/judgement.js'
import { type Metrics, meanRelativeP95 } from '../simulate/metrics.js'
import type { JudgedPlan } from './plan-scenario.js'
import type { Recording } from './recording.js'

/** What one policy did to a mix: the unit that tables, conclusions and reports compare. */
export interface PolicyOutcome extends JudgedPlan {
  readonly policy: string
  /** One line about the policy, from its registry entry. */
  readonly summary?: string | undefined
  /** What happened during some requests, where a timeline is wanted. */
  readonly recording?: Recording | undefined
}

/** The policy that others are measured against. */
export const BASELINE = 'baseline'

/** The outcome of the baseline policy; the first one where it was not run. */
export function baselineOf<O extends PolicyOutcome>(outcomes: readonly O[]): O {
  return outcomes.find(({ policy }) => policy === BASELINE) ?? outcomes[0]
}

/**
 * The best outcome, the first of equals. Plans that keep their targets and overload nobody come
 * before those that do not. Among them, the one with the most headroom comes first where every load
 * is open, because then all do the same work; otherwise the one that does the most work.
 */
export function bestOf<O extends PolicyOutcome>(outcomes: readonly O[]): O {
  return outcomes.reduce((best, outcome) => (isBetter(outcome, best) ? outcome : best))
}

function isBetter(a: PolicyOutcome, b: PolicyOutcome): boolean {
  const [failuresOfA, failuresOfB] = [failures(a), failures(b)]
  if (failuresOfA !== failuresOfB) return failuresOfA < failuresOfB
  return merit(a) > merit(b)
}

/** How badly a plan fails what was asked of it; 0 if it fails nothing. */
function failures({ judgement }: PolicyOutcome): number {
  const overloaded = judgement.workers.filter(({ isOverloaded }) => isOverloaded).length
  const byVerdict = { met: 0, unclear: 1, missed: 2 } as const
  return 3 * overloaded + byVerdict[overallVerdict(judgement) ?? 'met']
}

/** Whether a plan is sure to keep every target, and overloads nobody. */
export function isSound(outcome: PolicyOutcome): boolean {
  return failures(outcome) === 0
}

function merit({ judgement, metrics }: PolicyOutcome): number {
  return judgement.headroom ?? metrics.weightedSpeedup
}

/** Mean over workers of the p95, each divided by the same worker's p95 in the reference. */
export function relativeP95({ metrics }: PolicyOutcome, reference: PolicyOutcome): number {
  return meanRelativeP95(metrics, reference.metrics)
}

/** Mean over workers of the switches of one request. */
export function meanSwitches({ metrics: { workers } }: { readonly metrics: Metrics }): number {
  return mean(workers.map((worker) => worker.switchesPerRequest))
}
