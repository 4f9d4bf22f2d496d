import type { Plan } from '../plan/plan.js'
import type { Policy, PolicyContext } from '../policy/policy.js'
import { metricsOf } from '../simulate/metrics.js'
import type { KernelSpan, SimulationOptions } from '../simulate/result.js'
import { simulate } from '../simulate/simulate.js'
import type { Scenario } from '../workload/scenario.js'
import type { PolicyOutcome } from './outcome.js'

/** How the plans of a comparison are judged. */
export interface Examination {
  /** Warm-up and window of the simulation, in µs of simulated time, and its seed. */
  readonly simulation: Omit<SimulationOptions, 'onKernel'>
  /** How much of the start of the window to keep as a timeline, in µs. */
  readonly timelineUs: number
  /** Each worker's requests per second alone on the whole device. */
  readonly soloRates: readonly number[]
}

/** Simulates a plan and keeps the kernels of the start of the window. */
export function examine(scenario: Scenario, plan: Plan, examination: Examination): PolicyOutcome {
  const { simulation, timelineUs, soloRates } = examination
  const timeline: KernelSpan[] = []
  const result = simulate(scenario, plan, {
    ...simulation,
    onKernel: (span) => {
      const sinceUs = span.startUs - simulation.warmupUs
      if (sinceUs >= 0 && sinceUs < timelineUs) timeline.push(span)
    },
  })
  const metrics = metricsOf(result, soloRates)
  return { policy: plan.evidence.policy, plan, metrics, timeline }
}

/**
 * Plans a scenario with each policy in turn and simulates every plan.
 * @param onPolicy told which policy is at work
 */
export async function compare(
  scenario: Scenario,
  policies: readonly Policy[],
  context: PolicyContext,
  examination: Examination,
  onPolicy: (name: string) => void,
): Promise<PolicyOutcome[]> {
  const outcomes: PolicyOutcome[] = []
  for (const policy of policies) {
    onPolicy(policy.name)
    const plan = await policy.plan(scenario, context)
    outcomes.push({ ...examine(scenario, plan, examination), summary: policy.summary })
  }
  return outcomes
}
