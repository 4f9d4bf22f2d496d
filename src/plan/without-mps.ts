import type { ServingPlan } from './serving-plan.js'

/**
 * The plan for a machine without MPS: the same instances, batches, priorities and drops, but as streams of
 * one process. Shares mean nothing there, and predictions made for MPS do not hold.
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
