import type { Plan } from '../plan/plan.js'
import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import { objectiveFor, type PolicyContext } from './policy.js'
import { byScore, type Score, scoreOf } from './score.js'

/** A plan that was simulated in full, with its score. */
export interface RankedPlan {
  readonly plan: Plan
  readonly metrics: Metrics
  readonly score: Score
}

/** Simulates plans in full and ranks them, the best first. Equal plans keep their order. */
export async function rankedPlans(
  scenario: Scenario,
  plans: readonly Plan[],
  { parameters, evaluate }: Pick<PolicyContext, 'parameters' | 'evaluate'>,
): Promise<RankedPlan[]> {
  const scoring = { objective: objectiveFor(scenario, parameters), margin: 1, load: 1 }
  const metrics = await evaluate(plans, 'full')
  return plans
    .map((plan, i) => ({
      plan,
      metrics: metrics[i],
      score: scoreOf(scenario, metrics[i], scoring),
    }))
    .sort((a, b) => byScore(a.score, b.score))
}
