import { mean } from '../numbers.js'
import { overallVerdict } from '../plan/judgement.js'
import { type Metrics, meanRelativeP95 } from '../simulate/metrics.js'
import type { JudgedPlan } from './plan-scenario.js'
import type { Recording } from './recording.js'

/** The effect of one policy on a mix: the unit that tables, conclusions and reports compare. */
export interface PolicyOutcome extends JudgedPlan {
  readonly policy: string
  /** One line about the policy, from its registry entry. */
  readonly summary?: string | undefined
  /** What happened during some requests, if a timeline is wanted. */
  readonly recording?: Recording | undefined
}

/** The policy against which others are measured. */
export const BASELINE = 'baseline'

/** The outcome of the baseline policy, or the first outcome if the baseline was not run. */
export function baselineOf<O extends PolicyOutcome>(outcomes: readonly O[]): O {
  return outcomes.find(({ policy }) => policy === BASELINE) ?? outcomes[0]
}

/**
 * The best outcome; the first one if several are equal. Plans that keep their targets and overload
 * no worker come before those that do not. Among them, if every load is open, the plan with the
 * most headroom comes first, because all do the same work then; otherwise the one that does the
 * most work.
 */
export function bestOf<O extends PolicyOutcome>(outcomes: readonly O[]): O {
  return outcomes.reduce((best, outcome) => (isBetter(outcome, best) ? outcome : best))
}

function isBetter(a: PolicyOutcome, b: PolicyOutcome): boolean {
  const [failuresOfA, failuresOfB] = [failures(a), failures(b)]
  if (failuresOfA !== failuresOfB) return failuresOfA < failuresOfB
  return merit(a) > merit(b)
}

/** How badly a plan fails its requirements; 0 if it meets all of them. */
function failures({ judgement }: PolicyOutcome): number {
  const overloaded = judgement.workers.filter(({ isOverloaded }) => isOverloaded).length
  const byVerdict = { met: 0, unclear: 1, missed: 2 } as const
  return 3 * overloaded + byVerdict[overallVerdict(judgement) ?? 'met']
}

/** Whether a plan is certain to keep every target and overloads no worker. */
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

/** Mean number of switches in a request, over workers. */
export function meanSwitches({ metrics: { workers } }: { readonly metrics: Metrics }): number {
  return mean(workers.map((worker) => worker.switchesPerRequest))
}
