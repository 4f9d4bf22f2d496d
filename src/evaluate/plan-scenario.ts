import { frozen } from '../frozen.js'
import type { Plan } from '../plan/plan.js'
import type { Policy } from '../policy/policy.js'
import type { Scenario } from '../workload/scenario.js'
import { type Judged, type JudgingOptions, judge } from './judge.js'
import type { Planning } from './planning.js'

/** A plan with the judgement of simulation in it, and the metrics behind that judgement. */
export interface JudgedPlan extends Judged {
  /** The judgement is part of its evidence. */
  readonly plan: Plan
}

/** How a fresh plan is judged. The seeds follow from the seed of the search. */
export interface PlanJudgingOptions extends Omit<JudgingOptions, 'seed'> {
  /** Called before the plan is judged. */
  readonly onJudging?: (() => void) | undefined
}

/**
 * Plans a scenario with a policy, and judges the plan with seeds that the policy's search has not
 * seen.
 */
export async function planScenario(
  scenario: Scenario,
  policy: Policy,
  { context, evaluator }: Pick<Planning, 'context' | 'evaluator'>,
  { onJudging, ...judging }: PlanJudgingOptions,
): Promise<JudgedPlan> {
  const plan = await policy.plan(scenario, context)
  onJudging?.()
  const seed = context.parameters.seed + 1
  const judged = await judge(scenario, plan, evaluator, { ...judging, seed })
  return { ...judged, plan: withJudgement(plan, judged) }
}

/** The plan with a judgement in its evidence. */
function withJudgement(plan: Plan, { judgement }: Pick<Judged, 'judgement'>): Plan {
  return frozen({ ...plan, evidence: { ...plan.evidence, judgement } })
}
