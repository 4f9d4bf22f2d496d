import { type Device, totalCus } from '../../device/device.js'
import { sum } from '../../numbers.js'
import type { ServedModelPlan, ServingPlan } from '../../plan/serving-plan.js'
import { requestUs } from '../../profile/duration.js'
import type { Demand, DemandModel } from '../../workload/demand.js'

/** What is known of a model beyond the plan in force: what other plans may choose from. */
export interface ModelFacts {
  /** Batch sizes it can be captured at, ascending. */
  readonly batches: readonly number[]
  readonly mostInstances: number
  /** Time of a launch that has so many compute units to itself, by the nearest batch profiled. */
  aloneMs(batch: number, cus: number): number
}

/** The facts of each model of a demand, by its name in the plan; of a model it has not, none. */
export function factsOf(demand: Demand, plan: ServingPlan): Map<string, ModelFacts> {
  const entries = plan.models.flatMap((planned): [string, ModelFacts][] => {
    const found = demandModelOf(demand, planned)
    return found === undefined ? [] : [[planned.name, modelFacts(demand.device, found)]]
  })
  return new Map(entries)
}

/** The model of a demand that a plan serves: that of the same samples, if several are called alike. */
export function demandModelOf(
  { models }: Demand,
  { model, samples }: Pick<ServedModelPlan, 'model' | 'samples'>,
): DemandModel | undefined {
  const alike = models.filter((one) => one.model === model)
  return alike.find((one) => one.samples === samples) ?? alike[0]
}

function modelFacts(device: Device, { profiles, mostInstances }: DemandModel): ModelFacts {
  return {
    batches: profiles.map(({ batch }) => batch),
    mostInstances,
    aloneMs: (batch, cus) => {
      const known = [...profiles].reverse().find((one) => one.batch <= batch) ?? profiles[0]
      const kernelsUs = (requestUs(known, cus) * batch) / known.batch
      return (kernelsUs + device.costs.hostTurnaroundUs) / 1000
    },
  }
}

/**
 * A plan with the times that its launches roughly take: as alone, until the shares of those that run
 * together add up to more than the device.
 * @param facts of every model of the plan
 */
export function withRoughTimes(
  plan: ServingPlan,
  facts: ReadonlyMap<string, ModelFacts>,
  device: Device,
): ServingPlan {
  const launches = sum(plan.models.map(({ instances }) => instances))
  const meanShare = sum(plan.models.map(({ instances, share }) => instances * share)) / launches
  const models = plan.models.map((model) => {
    const times = (batch: number): number[] => {
      const aloneMs = facts.get(model.name)!.aloneMs(batch, model.share)
      return Array.from({ length: Math.min(plan.concurrency, launches) }, (_, others) => {
        const held = model.share + others * meanShare
        return aloneMs * Math.max(1, held / totalCus(device))
      })
    }
    const expectedMs = Object.fromEntries(model.batches.map((batch) => [batch, times(batch)]))
    return { ...model, expectedMs }
  })
  return { ...plan, models }
}
