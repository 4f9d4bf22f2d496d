import type { Plan } from '../plan/plan.js'
import { RIGHT_SIZE_TOLERANCE } from '../profile/right-size.js'
import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'

/** What a search maximises. */
export const OBJECTIVES = [
  'weighted-speedup',
  'work-per-joule',
  'lowest-worker',
  'p95-targets',
] as const
export type Objective = (typeof OBJECTIVES)[number]

/** What a user may set; every policy reads what concerns it and records it in its evidence. */
export interface PolicyParameters {
  /** Switches of partition allowed per request of each worker (ECLIP section 4; 14 in the paper). */
  readonly switchBudget: number
  /** Which workers' average CUs slow a kernel down (papers differ; see docs/policies.md). */
  readonly slowdown: 'all-workers' | 'other-workers'
  /** How much slower than its best time a right-sized kernel or model may be, e.g. 0.05. */
  readonly tolerance: number
  readonly objective: Objective
  /** Plans a search may simulate. */
  readonly searchPlans: number
  readonly seed: number
  /**
   * Masked streams of a pool, besides the default one. `device` stands for as many as the device has
   * queues for, and at most the 7 of ECLIP section 3.
   */
  readonly poolStreams: number | 'device'
  /** Whether ECLIP's objective sums times as they are, or each divided by its worker's solo time. */
  readonly fairness: 'equal' | 'solo-time'
}

/** The paper's values where it gives them; docs/policies.md says why for the rest. */
export const DEFAULT_PARAMETERS: PolicyParameters = {
  switchBudget: 14,
  slowdown: 'all-workers',
  tolerance: RIGHT_SIZE_TOLERANCE.relative,
  objective: 'weighted-speedup',
  searchPlans: 300,
  seed: 1,
  poolStreams: 'device',
  fairness: 'equal',
}

/** How long a plan is simulated: just long enough to rank plans, or as for a report. */
export type Effort = 'screen' | 'full'

/** How far a search is. */
export interface SearchProgress {
  /** Plans simulated so far. */
  readonly tried: number
  /** Plans that it may simulate. */
  readonly of: number
  /** The objective of the best so far, in its own unit. */
  readonly best: number
}

/** What a policy is given besides the scenario. */
export interface PolicyContext {
  readonly parameters: PolicyParameters
  /** Simulates plans, possibly in parallel; results in the order of the plans. */
  readonly evaluate: (plans: readonly Plan[], effort: Effort) => Promise<readonly Metrics[]>
  /** Told now and then how far a search is. */
  readonly onSearch?: (progress: SearchProgress) => void
}

/** A way to partition a device among workers: a function from a scenario to a plan. */
export interface Policy {
  readonly name: string
  /** One line for tables and `--help`. */
  readonly summary: string
  /** Paper and section, or `eclip` for our own. */
  readonly source: string
  plan(scenario: Scenario, context: PolicyContext): Promise<Plan>
}
