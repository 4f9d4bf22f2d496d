import { z } from 'zod'
import { type JudgedPlan, planScenario } from './evaluate/plan-scenario.js'
import { openPlanning } from './evaluate/planning.js'
import { loadScenario, scenarioOfWorkload } from './io/scenario.js'
import { isScenario } from './plan/check.js'
import {
  type Policy,
  type PolicyContext,
  type PolicyParameters,
  parametersSchema,
} from './policy/policy.js'
import { policyNamed } from './policy/registry.js'
import { callback, checked } from './schema-problem.js'
import { SIMULATION_MODES, type SimulationOptions } from './simulate/result.js'
import type { Scenario } from './workload/scenario.js'
import type { Workload } from './workload/workload.js'

/** How a workload is planned: any parameter of a policy, and the settings beyond policies. */
export interface PlanWorkloadOptions extends Partial<PolicyParameters> {
  /** The policy that makes the plan, or its name; `windows` without it. */
  readonly policy?: string | Policy | undefined
  /** Another device than the workload names. */
  readonly device?: string | undefined
  /** How a search simulates; plans are always judged in exact mode. */
  readonly mode?: SimulationOptions['mode'] | undefined
  /** Simulated seconds of each run that judges the plan; as long as the load needs without it. */
  readonly seconds?: number | undefined
  /** How many runs judge the plan; without it, as many as it takes to decide every target. */
  readonly runs?: number | undefined
  /** Called now and then with the progress of a search. */
  readonly onSearch?: PolicyContext['onSearch'] | undefined
  /** Called before a plan is judged. */
  readonly onJudging?: (() => void) | undefined
}

const optionsSchema = parametersSchema.extend({
  policy: z.unknown().optional(),
  device: z.unknown().optional(),
  mode: z.enum(SIMULATION_MODES).optional(),
  seconds: z.number().positive().optional(),
  runs: z.int().positive().optional(),
  onSearch: callback,
  onJudging: callback,
})

/** A workload with its plan, and what several simulated runs say of it. */
export interface PlannedWorkload extends JudgedPlan {
  readonly scenario: Scenario
}

/**
 * Plans a workload and judges the plan: the whole of `eclip plan` in one call, without files.
 *
 * ```ts
 * const { plan, judgement } = await planWorkload('vgg19/8+albert/1', { searchPlans: 100 })
 * for (const { name, p95Ms } of judgement.workers) console.log(name, p95Ms?.mean)
 * ```
 *
 * @param workload a workload file, a mix such as `vgg19/8+albert/1`, a workload as data (what it
 * names is looked up from the current folder), or a scenario with everything resolved
 * @throws InputError if the workload, anything it names, or an option is wrong
 */
export async function planWorkload(
  workload: string | Workload | Scenario,
  options: PlanWorkloadOptions = {},
): Promise<PlannedWorkload> {
  checked(options, optionsSchema, 'options')
  const {
    policy = 'windows',
    device,
    mode,
    seconds,
    runs,
    onSearch,
    onJudging,
    ...parameters
  } = options
  const maker = isPolicy(policy) ? policy : policyNamed(policy)
  const scenario = scenarioFor(workload, device)
  const planning = openPlanning(scenario, { parameters, mode, onSearch })
  const judging = {
    mode: 'exact',
    runs,
    durationUs: seconds && seconds * 1e6,
    onJudging,
  } as const
  try {
    return { scenario, ...(await planScenario(scenario, maker, planning, judging)) }
  } finally {
    await planning.close()
  }
}

function scenarioFor(workload: string | Workload | Scenario, device?: string): Scenario {
  if (typeof workload === 'string') return loadScenario(workload, device)
  return isScenario(workload) ? workload : scenarioOfWorkload(workload, device)
}

// What is neither, as a caller without types may give, is refused by those who look up the others.

function isPolicy(policy: string | Policy | null): policy is Policy {
  return typeof policy === 'object' && typeof policy?.plan === 'function'
}
