import { z } from 'zod'
import type { Device } from '../device/device.js'
import { InputError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { RIGHT_SIZE_TOLERANCE } from '../profile/right-size.js'
import type { Metrics } from '../simulate/metrics.js'
import { isClosedLoop, isOpenLoop } from '../workload/load.js'
import type { Scenario } from '../workload/scenario.js'
import type { Slowdown } from './solver/solution.js'

/**
 * What a search maximises among the plans that keep all targets and minimum shares and overload no
 * worker. `headroom` is the largest multiple of the open loads under which a plan still does so.
 */
export const OBJECTIVES = [
  'weighted-speedup',
  'work-per-joule',
  'lowest-worker',
  'headroom',
] as const
export type Objective = (typeof OBJECTIVES)[number]

/** Parameters that a user may set. Every policy reads those that concern it and records them in its evidence. */
export interface PolicyParameters {
  /** Switches of partition allowed per request of each worker (ECLIP section 4; 14 in the paper). */
  readonly switchBudget: number
  /** Which workers' average CUs slow a kernel down (papers differ; see docs/policies.md). */
  readonly slowdown: Slowdown
  /** How much slower than its best time a right-sized kernel or model may be, e.g. 0.05. */
  readonly tolerance: number
  /** `by-load`: see `objectiveFor`. */
  readonly objective: Objective | 'by-load'
  /** How many plans a search may simulate. */
  readonly searchPlans: number
  readonly seed: number
  /**
   * Number of masked streams in a pool, besides the default stream. `device` stands for as many as
   * the device has queues for, but at most the 7 of ECLIP section 3.
   */
  readonly poolStreams: number | 'device'
  /**
   * ECLIP's optimizer takes the fewest switches whose objective exceeds the best one by at most
   * this fraction.
   */
  readonly optimalityGap: number
  /** Whether ECLIP's objective sums times as they are, or divides each by its worker's solo time. */
  readonly fairness: 'equal' | 'solo-time'
}

/** The paper's values where it gives them; docs/policies.md gives the reasons for the rest. */
export const parametersSchema = z.strictObject({
  switchBudget: z.int().nonnegative().default(14),
  slowdown: z.enum(['all-workers', 'other-workers']).default('all-workers'),
  tolerance: z.number().positive().default(RIGHT_SIZE_TOLERANCE.relative),
  objective: z.enum([...OBJECTIVES, 'by-load']).default('by-load'),
  searchPlans: z.int().positive().default(300),
  seed: z.int().nonnegative().default(1),
  poolStreams: z.union([z.int().nonnegative(), z.literal('device')]).default('device'),
  optimalityGap: z.number().nonnegative().default(0),
  fairness: z.enum(['equal', 'solo-time']).default('equal'),
}) satisfies z.ZodType<PolicyParameters>

export const DEFAULT_PARAMETERS: PolicyParameters = parametersSchema.parse({})

/**
 * The objective that a search follows if the user names none: weighted speedup, unless every load is
 * open. The open loads then fix how much work is done, and what a plan can still win is headroom.
 * @throws InputError if headroom is asked for and no load is open
 */
export function objectiveFor(
  scenario: Scenario,
  { objective }: Pick<PolicyParameters, 'objective'>,
): Objective {
  if (objective === 'by-load') return isOpenLoop(scenario) ? 'headroom' : 'weighted-speedup'
  if (objective !== 'headroom' || !isClosedLoop(scenario)) return objective
  throw new InputError({
    file: 'the objective',
    expected: 'another one than headroom where every worker runs in a closed loop',
    found: 'headroom',
  })
}

/** How long a plan is simulated: just long enough to rank plans, or as long as for a report. */
export type Effort = 'screen' | 'full'

/** The progress of a search. */
export interface SearchProgress {
  /** Plans simulated so far. */
  readonly tried: number
  /** How many plans it may simulate. */
  readonly of: number
  /** The objective of the best plan so far, in its own unit. */
  readonly best: number
}

/** What a policy gets besides the scenario. */
export interface PolicyContext {
  readonly parameters: PolicyParameters
  /**
   * Simulates plans, possibly in parallel, under `load` times the scenario's open loads (1 if
   * absent). Results come in the order of the plans.
   */
  readonly evaluate: (
    plans: readonly Plan[],
    effort: Effort,
    load?: number,
  ) => Promise<readonly Metrics[]>
  /** Called from time to time with the progress of a search. */
  readonly onSearch?: (progress: SearchProgress) => void
}

/** A way to partition a device among workers: a function from a scenario to a plan. */
export interface Policy {
  readonly name: string
  /** One line for tables and `--help`. */
  readonly summary: string
  /** Paper and section, or `eclip` for a policy of ours. */
  readonly source: string
  /** Whether a device can carry out its plans. If absent, any device can. */
  readonly runsOn?: (device: Device) => boolean
  /** The policies among whose plans it chooses. If absent, it makes its own plans. */
  readonly choosesAmong?: readonly string[]
  /** Present if a comparison that names no policies leaves it out. */
  readonly compared?: 'on-request'
  plan(scenario: Scenario, context: PolicyContext): Promise<Plan>
}
