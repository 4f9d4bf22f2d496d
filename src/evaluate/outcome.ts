import type { Plan } from '../plan/plan.js'
import { type Metrics, meanRelativeP95 } from '../simulate/metrics.js'
import type { KernelSpan } from '../simulate/result.js'

/** What one policy did to a mix: the unit that tables, conclusions and reports compare. */
export interface PolicyOutcome {
  readonly policy: string
  /** One line about the policy, from its registry entry. */
  readonly summary?: string | undefined
  readonly plan: Plan
  readonly metrics: Metrics
  /** Kernels of the first milliseconds, where a timeline is wanted. */
  readonly timeline?: readonly KernelSpan[] | undefined
}

/** The policy that others are measured against. */
export const BASELINE = 'baseline'

/** The outcome of the baseline policy; the first one where it was not run. */
export function baselineOf<O extends PolicyOutcome>(outcomes: readonly O[]): O {
  return outcomes.find(({ policy }) => policy === BASELINE) ?? outcomes[0]
}

/** The outcome of highest weighted speedup; the first of equals. */
export function bestOf<O extends PolicyOutcome>(outcomes: readonly O[]): O {
  return outcomes.reduce((best, outcome) =>
    outcome.metrics.weightedSpeedup > best.metrics.weightedSpeedup ? outcome : best,
  )
}

/** Mean over workers of the p95, each divided by the same worker's p95 in the reference. */
export function relativeP95({ metrics }: PolicyOutcome, reference: PolicyOutcome): number {
  return meanRelativeP95(metrics, reference.metrics)
}

/** Mean over workers of the switches of one request. */
export function meanSwitches({ metrics: { workers } }: PolicyOutcome): number {
  return workers.reduce((total, worker) => total + worker.switchesPerRequest, 0) / workers.length
}
