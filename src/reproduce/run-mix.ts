import type { Evaluator } from '../evaluate/evaluator.js'
import { sum } from '../numbers.js'
import type { Plan } from '../plan/plan.js'
import type { PolicyParameters } from '../policy/policy.js'
import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import type { PaperMix } from './paper.js'
import type { RunnableMix, Setup } from './setup.js'

/** The result of one policy in one mix. */
export interface PolicyResult {
  readonly policy: string
  readonly metrics: Metrics
  /**
   * Changes of partition in one request of every worker; with mask calls, every kernel counts as
   * one.
   */
  readonly switches: number
  /** The most switches that one worker makes in a request. */
  readonly mostSwitchesOfWorker: number
}

export interface MixResult {
  readonly mix: PaperMix
  readonly policies: ReadonlyMap<string, PolicyResult>
}

/** A policy to run, and its parameters where they differ from the setup's. */
export interface PolicyRun {
  readonly policy: string
  readonly parameters?: PolicyParameters
}

/** Plans and simulates one mix under each policy. */
export async function runMix(
  setup: Setup,
  { mix, scenario }: RunnableMix,
  policies: readonly string[],
  purpose: 'report' | 'average' = 'report',
): Promise<MixResult> {
  const evaluator = setup.openEvaluator(scenario, purpose)
  try {
    const runs = policies.map((policy) => ({ policy }))
    const results = await runPolicies(setup, scenario, evaluator, runs)
    return { mix, policies: new Map(results.map((result) => [result.policy, result])) }
  } finally {
    await evaluator.close()
  }
}

/**
 * Results in the order of the runs. All plans are made first, so that they can be simulated in
 * parallel.
 */
export async function runPolicies(
  setup: Setup,
  scenario: Scenario,
  evaluator: Evaluator,
  runs: readonly PolicyRun[],
): Promise<PolicyResult[]> {
  const plans: Plan[] = []
  for (const { policy: name, parameters = setup.parameters } of runs) {
    const policy = setup.policies.get(name)
    if (policy === undefined) throw new Error(`no policy ${name}`)
    const evaluate: Evaluator['evaluate'] = (asked, effort) => evaluator.evaluate(asked, effort)
    plans.push(await policy.plan(scenario, { parameters, evaluate }))
  }
  const metrics = await evaluator.evaluate(plans, 'full')
  return plans.map((plan, i) => resultOfPlan(scenario, plan, runs[i].policy, metrics[i]))
}

function resultOfPlan(
  scenario: Scenario,
  plan: Plan,
  policy: string,
  metrics: Metrics,
): PolicyResult {
  const byWorker = switchesByWorker(scenario, plan)
  return {
    policy,
    metrics,
    switches: sum(byWorker),
    mostSwitchesOfWorker: Math.max(...byWorker),
  }
}

/** Table I counts a mask call before every kernel, whether or not the mask changes. */
function switchesByWorker(scenario: Scenario, plan: Plan): readonly number[] {
  return plan.mechanism === 'mask-call'
    ? scenario.workers.map(({ profile }) => profile.kernels.length)
    : plan.evidence.switchesPerRequest
}
