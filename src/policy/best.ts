import { frozen } from '../frozen.js'
import type { Plan } from '../plan/plan.js'
import { mps } from './mps.js'
import type { Policy } from './policy.js'
import { rankedPlans } from './ranked-plans.js'
import { windows } from './windows/index.js'

/** Policies for every mechanism that a GPU has. Each searches its own plans. */
const CANDIDATES: readonly Policy[] = [windows, mps]

/**
 * The best plan over all mechanisms: windows in one process against shares under MPS, decided by
 * simulation. If a device has only one of the two mechanisms, the plan is that one's.
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

/** The plan under this policy's name, with the policy that made it among the parameters. */
function underOwnName(plan: Plan): Plan {
  const { evidence } = plan
  const parameters = { ...evidence.parameters, chosen: evidence.policy }
  return frozen({ ...plan, evidence: { ...evidence, policy: 'best', parameters } })
}
