import type { Policy } from '../policy/policy.js'
import type { Scenario } from '../workload/scenario.js'
import type { PolicyOutcome } from './outcome.js'
import { type PlanJudgingOptions, planScenario } from './plan-scenario.js'
import type { Planning } from './planning.js'
import { record } from './recording.js'

/**
 * Plans a scenario with each policy in turn and judges every plan on the same seeds.
 * @param onPolicy called with each policy before it starts
 */
export async function compare(
  scenario: Scenario,
  policies: readonly Policy[],
  planning: Pick<Planning, 'context' | 'evaluator'>,
  judging: PlanJudgingOptions,
  onPolicy: (name: string) => void,
): Promise<PolicyOutcome[]> {
  const outcomes: PolicyOutcome[] = []
  for (const policy of policies) {
    onPolicy(policy.name)
    const judged = await planScenario(scenario, policy, planning, judging)
    const run = { seed: judged.judgement.seeds[0], mode: judging.mode }
    const recording = record(scenario, judged.plan, judged.metrics, run)
    outcomes.push({ policy: policy.name, summary: policy.summary, ...judged, recording })
  }
  return outcomes
}
