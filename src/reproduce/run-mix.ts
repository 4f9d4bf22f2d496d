import type { Device } from '../device/device.js'
import type { Evaluator } from '../evaluate/evaluator.js'
import { sum } from '../numbers.js'
import type { Plan } from '../plan/plan.js'
import type { PolicyParameters } from '../policy/policy.js'
import type { Metrics } from '../simulate/metrics.js'
import { maskedStreams } from '../simulate/model/transition.js'
import type { Scenario } from '../workload/scenario.js'
import { NEAR_OPTIMAL, NEAR_OPTIMAL_GAP, type PaperMix, UNSWITCHED } from './paper.js'
import type { RunnableMix, Setup } from './setup.js'

/** The result of one policy in one mix. */
export interface PolicyResult {
  readonly policy: string
  readonly metrics: Metrics
  /** Changes of partition in one request of every worker. With mask calls, every kernel counts as one. */
  readonly switches: number
  /** The most switches that a single worker makes in a request. */
  readonly mostSwitchesOfWorker: number
  /** The partitions of the pool that mask a part of the device. */
  readonly maskedStreams: number
}

export interface MixResult {
  readonly mix: PaperMix
  readonly policies: ReadonlyMap<string, PolicyResult>
  /** The same plans if a switch costs nothing, for the policies that switch; empty if that was not asked for. */
  readonly freeSwitches: ReadonlyMap<string, Metrics>
}

/** The policies whose plans are also simulated with free switches. */
const SWITCHING = ['eclip', 'kernel-wise-prealloc'] as const

/** A policy to run under a name of its own, and those of its parameters that differ from the setup's. */
export interface PolicyRun {
  readonly name: string
  readonly policy: string
  readonly changed?: Partial<PolicyParameters>
}

export interface MixOptions {
  readonly purpose: 'report' | 'average'
  /** Whether plans are also simulated with free switches, which tells what switches cost. */
  readonly freeSwitches: 'run' | 'skip'
}

/** Plans and simulates one mix under each policy. */
export async function runMix(
  setup: Setup,
  { mix, scenario }: RunnableMix,
  policies: readonly string[],
  { purpose, freeSwitches }: MixOptions,
): Promise<MixResult> {
  const runs = policies.map(runOf)
  const results = await withEvaluator(setup, scenario, purpose, (evaluator) =>
    runPolicies(setup, scenario, evaluator, runs),
  )
  const free = { ...scenario, device: withFreeSwitches(scenario.device) }
  const switching = SWITCHING.filter((policy) => policies.includes(policy)).map(runOf)
  const again =
    freeSwitches === 'skip'
      ? []
      : await withEvaluator(setup, free, purpose, (evaluator) =>
          runPolicies(setup, free, evaluator, switching),
        )
  return {
    mix,
    policies: new Map(results.map((result) => [result.policy, result])),
    freeSwitches: new Map(again.map(({ policy, metrics }) => [policy, metrics])),
  }
}

/** The run behind a name in the tables. Some names are ECLIP with other parameters. */
function runOf(name: string): PolicyRun {
  const changed = VARIANTS.get(name)
  return changed ? { name, policy: 'eclip', changed } : { name, policy: name }
}

const VARIANTS: ReadonlyMap<string, Partial<PolicyParameters>> = new Map([
  [UNSWITCHED, { switchBudget: 0 }],
  [NEAR_OPTIMAL, { optimalityGap: NEAR_OPTIMAL_GAP }],
])

function withFreeSwitches(device: Device): Device {
  return { ...device, costs: { ...device.costs, switchUs: 0, barrierUs: 0 } }
}

async function withEvaluator<T>(
  setup: Setup,
  scenario: Scenario,
  purpose: MixOptions['purpose'],
  use: (evaluator: Evaluator) => Promise<T>,
): Promise<T> {
  const evaluator = setup.openEvaluator(scenario, purpose)
  try {
    return await use(evaluator)
  } finally {
    await evaluator.close()
  }
}

/** The results in the order of the runs. All plans are made first, so that they can be simulated in parallel. */
export async function runPolicies(
  setup: Setup,
  scenario: Scenario,
  evaluator: Evaluator,
  runs: readonly PolicyRun[],
): Promise<PolicyResult[]> {
  const plans: Plan[] = []
  for (const { policy: name, changed } of runs) {
    const policy = setup.policies.get(name)
    if (policy === undefined) throw new Error(`no policy ${name}`)
    const parameters = changed ? { ...setup.parameters, ...changed } : setup.parameters
    plans.push(await policy.plan(scenario, { parameters, evaluate: evaluator.evaluate }))
  }
  const metrics = await evaluator.evaluate(plans, 'full')
  return plans.map((plan, i) => resultOfPlan(scenario, plan, runs[i].name, metrics[i]))
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
    maskedStreams: maskedStreams(scenario.device, plan),
  }
}

/** Table I counts a mask call before every kernel, whether or not the mask changes. */
function switchesByWorker(scenario: Scenario, plan: Plan): readonly number[] {
  return plan.mechanism === 'mask-call'
    ? scenario.workers.map(({ profile }) => profile.kernels.length)
    : plan.evidence.switchesPerRequest
}
