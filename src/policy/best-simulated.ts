/** Plans of a few settings, simulated in full: the best one, with its evidence. */
import type { Evidence, Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { objectiveFor, type PolicyContext } from './policy.js'
import { rankedPlans } from './ranked-plans.js'
import { predictionOf } from './score.js'

/** What a plan's evidence says besides its policy's name and what is counted. */
export type ChoiceEvidence = Omit<Evidence, 'policy' | 'switchesPerRequest'>

/** The settings to choose from. */
interface Choice<Setting> {
  /** One or more. */
  readonly settings: readonly Setting[]
  planOf(setting: Setting, evidence: ChoiceEvidence): Plan
  /** What the evidence says of a setting. */
  wordsOf(setting: Setting): Readonly<Record<string, unknown>>
  /** How the settings were chosen, for the evidence. */
  readonly method: string
}

/** The plan of the setting that scores best; of equal ones, the first. Its evidence holds the objective. */
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
