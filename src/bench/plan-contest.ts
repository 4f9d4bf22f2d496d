import { evaluateRun } from '../evaluate/evaluator.js'
import { PREDICTION_WINDOW } from '../evaluate/simulation-windows.js'
import type { Plan } from '../plan/plan.js'
import type { Policy, PolicyContext } from '../policy/policy.js'
import { withDistinctNames } from '../workload/names.js'
import type { Scenario } from '../workload/scenario.js'
import type { PlannedPolicy } from './policies.js'
import { type RunnablePlan, runnablePlans } from './runnable-plans.js'

/** How the plans of a contest are made and predicted. */
export interface ContestPlanning {
  readonly context: PolicyContext
  /** Each worker's simulated requests per second alone on the whole device. */
  readonly soloRates: readonly number[]
  readonly predictions: 'simulated' | 'left-out'
  readonly progress: (text: string) => void
}

/**
 * Plans a mix with each policy and adds the plans that were made in advance, each with the
 * simulator's prediction.
 * @throws InputError if no GPU can run a plan
 */
export async function planContest(
  scenario: Scenario,
  policies: readonly Policy[],
  given: readonly Plan[],
  { context, soloRates, predictions, progress }: ContestPlanning,
): Promise<PlannedPolicy[]> {
  const forGiven = given.flatMap((plan) => runnablePlans(scenario, plan))
  const forPolicies: RunnablePlan[] = []
  for (const policy of policies) {
    progress(`planning with ${policy.name}`)
    forPolicies.push(...runnablePlans(scenario, await policy.plan(scenario, context)))
  }
  const { seed } = context.parameters
  const options = { ...PREDICTION_WINDOW, mode: 'exact', seed } as const
  return withDistinctNames([...forPolicies, ...forGiven]).map(({ simulated, ...runnable }) => {
    if (predictions === 'left-out' || simulated === undefined) return runnable
    progress(`simulating ${runnable.name}`)
    const run = { plan: simulated, options, load: 1 } as const
    const { weightedSpeedup } = evaluateRun(scenario, run, soloRates)
    return { ...runnable, predictedSpeedup: weightedSpeedup }
  })
}
