import { frozen } from '../frozen.js'
import type { Plan } from '../plan/plan.js'
import { mps } from './mps.js'
import type { Policy } from './policy.js'
import { rankedPlans } from './ranked-plans.js'
import { windows } from './windows/index.js'

/** Policies of every mechanism that a GPU has, each of which searches its own plans. */
const CANDIDATES: readonly Policy[] = [windows, mps]

/**
 * The best plan over all mechanisms: windows in one process against shares under MPS, by simulation.
 * Where a device has but one of them, it is that one's plan.
 */
export const best: Policy = {
  name: 'best',
  summary: 'the better of windows and mps, by simulation',
  source: 'eclip',
  choosesAmong: CANDIDATES.map(({ name }) => name),
  plan: async (scenario, context) => {
    const plans: Plan[] = []
    for (const policy of CANDIDATES) {
      if (policy.runsOn?.(scenario.device) === false) continue
      plans.push(await policy.plan(scenario, context))
    }
    const [{ plan }] = await rankedPlans(scenario, plans, context)
    return underOwnName(plan)
  },
}

/** The plan under the name of this policy, with the one that made it among the parameters. */
function underOwnName(plan: Plan): Plan {
  const { evidence } = plan
  const parameters = { ...evidence.parameters, chosen: evidence.policy }
  return frozen({ ...plan, evidence: { ...evidence, policy: 'best', parameters } })
}
