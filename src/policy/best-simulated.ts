/** Plans of a few settings, simulated in full: the best one, with its evidence. */
import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { objectiveFor, type PolicyContext } from './policy.js'
import { byScore, predictionOf, scoreOf } from './score.js'

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
  { parameters, evaluate }: PolicyContext,
  settings: readonly Setting[],
  planOf: PlanOf<Setting>,
  wordsOf: (setting: Setting) => Readonly<Record<string, unknown>>,
  method: string,
): Promise<Plan> {
  const objective = objectiveFor(scenario, parameters)
  const plans = settings.map((setting) => planOf(setting, { parameters: {} }))
  const metrics = await evaluate(plans, 'full')
  const tried = settings.map((setting, i) => ({
    setting,
    metrics: metrics[i],
    score: scoreOf(scenario, metrics[i], { objective, margin: 1, load: 1 }),
  }))
  const [best] = [...tried].sort((a, b) => byScore(a.score, b.score))
  return planOf(best.setting, {
    parameters: { objective, ...wordsOf(best.setting) },
    predicted: {
      ...predictionOf(objective, best.metrics, best.score),
      plansSimulated: tried.length,
    },
    solver: { method, status: 'heuristic', objective: best.score.value, bound: null, gap: null },
  })
}
