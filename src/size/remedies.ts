import { MOST_INSTANCES } from '../quantities.js'
import type { Demand, DemandModel } from '../workload/demand.js'
import { type Choice, totalInstances } from './candidates.js'
import type { Colocations } from './colocations.js'
import { goodputOf } from './plan-goodput.js'
import { judgedPlan, type Sized } from './search.js'

/** A change that may make a demand fit, and the multiple of the demand that is then carried. */
export interface Remedy {
  readonly kind: 'looser-target' | 'one-more-instance' | 'second-gpu'
  readonly goodput: number
}

/** Factor by which the target of the model that misses first is loosened. */
export const LOOSER = 1.5

/**
 * The changes that would help a plan most to carry its demand, the best first: a looser target or
 * one more instance for the model that misses first, or a second GPU that takes half of the
 * requests. The plan is not searched for again, so each figure is a lower bound.
 * @param first index of the model that misses first
 */
export async function remedies(
  demand: Demand,
  { choice, goodput }: Sized,
  first: number,
  colocations: Colocations,
  seed: number,
): Promise<Remedy[]> {
  const carried = async (changed: Demand, other: Choice): Promise<number> => {
    return goodputOf(await judgedPlan(changed, other, colocations), seed, goodput || 1)
  }
  const { targetUs, mostInstances } = demand.models[first]
  const patient = withModel(demand, first, { targetUs: LOOSER * targetUs })
  const found: Remedy[] = [
    { kind: 'looser-target', goodput: await carried(patient, choice) },
    { kind: 'second-gpu', goodput: 2 * goodput },
  ]
  const instances = choice.models[first].instances + 1
  if (instances <= MOST_INSTANCES) {
    const roomy = withModel(demand, first, { mostInstances: Math.max(mostInstances, instances) })
    const other = withInstances(choice, first, instances)
    found.push({ kind: 'one-more-instance', goodput: await carried(roomy, other) })
  }
  return found.toSorted((a, b) => b.goodput - a.goodput)
}

function withModel(demand: Demand, index: number, change: Partial<DemandModel>): Demand {
  return { ...demand, models: demand.models.with(index, { ...demand.models[index], ...change }) }
}

/** Gives one model other instances, and allows one more launch at once, without which they could not help. */
function withInstances(choice: Choice, index: number, instances: number): Choice {
  const models = choice.models.with(index, { ...choice.models[index], instances })
  return {
    ...choice,
    models,
    concurrency: Math.min(choice.concurrency + 1, totalInstances(models)),
  }
}
