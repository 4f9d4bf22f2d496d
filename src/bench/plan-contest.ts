import { evaluateRun } from '../evaluate/evaluator.js'
import { PREDICTION_WINDOW } from '../evaluate/simulation-windows.js'
import { pooledPartitions } from '../plan/executable.js'
import type { Plan } from '../plan/plan.js'
import type { Policy, PolicyContext } from '../policy/policy.js'
import { withDistinctNames } from '../workload/names.js'
import type { Scenario } from '../workload/scenario.js'
import type { PlannedPolicy } from './policies.js'

/** How the plans of a contest are made and predicted. */
export interface ContestPlanning {
  readonly context: PolicyContext
  /** Each worker's simulated requests per second alone on the whole device. */
  readonly soloRates: readonly number[]
  readonly predictions: 'simulated' | 'left-out'
  readonly progress: (text: string) => void
}

/**
 * Plans a mix with each policy and adds the plans made beforehand, each with what the simulator
 * predicts for it.
 * @throws InputError if a plan is one that no GPU can run
 */
export async function planContest(
  scenario: Scenario,
  policies: readonly Policy[],
  given: readonly Plan[],
  { context, soloRates, predictions, progress }: ContestPlanning,
): Promise<PlannedPolicy[]> {
  given.forEach(pooledPartitions)
  const made: Plan[] = []
  for (const policy of policies) {
    progress(`planning with ${policy.name}`)
    const plan = await policy.plan(scenario, context)
    pooledPartitions(plan)
    made.push(plan)
  }
  const plans = [...made, ...given].map((plan) => ({ name: plan.evidence.policy, plan }))
  const { seed } = context.parameters
  const options = { ...PREDICTION_WINDOW, mode: 'exact', seed } as const
  return withDistinctNames(plans).map(({ name, plan }) => {
    if (predictions === 'left-out') return { name, plan }
    progress(`simulating ${name}`)
    const { weightedSpeedup } = evaluateRun(scenario, { plan, options, load: 1 }, soloRates)
    return { name, plan, predictedSpeedup: weightedSpeedup }
  })
}
