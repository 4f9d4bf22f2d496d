import type { ServingPlan } from './serving-plan.js'

/**
 * The plan for a machine on which MPS is not to be had: the same instances, batches, priorities and drops, as
 * streams of one process. Shares mean nothing there, and what was predicted under MPS does not hold.
 * @param cus compute units of the device, all of which each instance may use
 */
export function withoutMps(plan: ServingPlan, cus: number): ServingPlan {
  const { policy, parameters } = plan.evidence
  return {
    ...plan,
    mechanism: 'streams',
    models: plan.models.map((model) => ({ ...model, share: cus })),
    evidence: { policy, parameters: { ...parameters, plannedFor: plan.mechanism } },
  }
}
