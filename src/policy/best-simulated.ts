/** Plans of a few settings, simulated in full: the best one, with its evidence. */
import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { objectiveFor, type PolicyContext } from './policy.js'
import { rankedPlans } from './ranked-plans.js'
import { predictionOf } from './score.js'

/** A setting's plan, given its evidence but for the policy's name and what is counted. */
type PlanOf<Setting> = (
  setting: Setting,
  evidence: Omit<Plan['evidence'], 'policy' | 'switchesPerRequest'>,
) => Plan

/**
 * The plan of the setting that scores best; of equal ones, the first. Its evidence holds the objective
 * and what the setting says of itself.
 *
 * @param settings one or more
 * @param method how settings were chosen, for the evidence
 */
export async function bestSimulated<Setting>(
  scenario: Scenario,
  context: PolicyContext,
  settings: readonly Setting[],
  planOf: PlanOf<Setting>,
  wordsOf: (setting: Setting) => Readonly<Record<string, unknown>>,
  method: string,
): Promise<Plan> {
  const objective = objectiveFor(scenario, context.parameters)
  const plans = settings.map((setting) => planOf(setting, { parameters: {} }))
  const [best] = await rankedPlans(scenario, plans, context)
  const setting = settings[plans.indexOf(best.plan)]
  return planOf(setting, {
    parameters: { objective, ...wordsOf(setting) },
    predicted: {
      ...predictionOf(objective, best.metrics, best.score),
      plansSimulated: plans.length,
    },
    solver: { method, status: 'heuristic', objective: best.score.value, bound: null, gap: null },
  })
}
