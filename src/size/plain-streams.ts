import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import type { Colocations } from './colocations.js'
import { goodputOf, JUDGED_REQUESTS } from './plan-goodput.js'
import { PlanService } from './plan-service.js'
import { rivalPlan } from './rival-plan.js'

/** Plain streams: one process, one instance of each model, no partition. */
export function plainStreams(demand: Demand): ServingPlan {
  const choice = { mechanism: 'streams', instances: 1, sharePercent: 100 } as const
  return rivalPlan(demand, 'streams', choice)
}

/**
 * What plain streams carry: the largest multiple of the demand, in the request-level simulator.
 * @param from multiple at which the search starts
 */
export async function plainStreamsGoodput(
  demand: Demand,
  colocations: Colocations,
  seed: number,
  from: number,
): Promise<number> {
  const plan = plainStreams(demand)
  const { mechanism, models } = plan
  const colocation = await colocations.of(
    mechanism,
    models.map(({ share, batches, instances }) => ({ share, batches, most: instances })),
  )
  const service = new PlanService(demand, plan, colocation)
  return goodputOf({ demand, plan, service, leastRequests: JUDGED_REQUESTS }, seed, from)
}
