/** Simulates the plans of a few settings in full, and returns the best one with its evidence. */
import type { Evidence, Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { objectiveFor, type PolicyContext } from './policy.js'
import { rankedPlans } from './ranked-plans.js'
import { predictionOf } from './score.js'

/** The evidence of a plan apart from the policy's name and the counts. */
export type ChoiceEvidence = Omit<Evidence, 'policy' | 'switchesPerRequest'>

/** The settings to choose from. */
interface Choice<Setting> {
  /** One or more. */
  readonly settings: readonly Setting[]
  planOf(setting: Setting, evidence: ChoiceEvidence): Plan
  /** The words about a setting for the evidence. */
  wordsOf(setting: Setting): Readonly<Record<string, unknown>>
  /** How the settings were chosen, for the evidence. */
  readonly method: string
}

/**
 * The plan of the setting that scores best; the first one if several are equal. The objective is part of
 * its evidence.
 */
export async function bestSimulated<Setting>(
  scenario: Scenario,
  context: PolicyContext,
  { settings, planOf, wordsOf, method }: Choice<Setting>,
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
