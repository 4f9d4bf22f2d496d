import { type Device, totalCus } from '../../device/device.js'
import { sum } from '../../numbers.js'
import type { ServedModelPlan, ServingPlan } from '../../plan/serving-plan.js'
import { requestUs } from '../../profile/duration.js'
import type { Demand, DemandModel } from '../../workload/demand.js'

/** What is known about a model beyond the plan in force. Other plans may choose from it. */
export interface ModelFacts {
  /** The batch sizes at which the model can be captured, ascending. */
  readonly batches: readonly number[]
  readonly mostInstances: number
  /**
   * The time of a launch that has this many compute units to itself, ms, scaled from the nearest batch profiled.
   */
  aloneMs(batch: number, cus: number): number
}

/** The facts about each model of a demand, by its name in the plan. Models that are not in the demand have none. */
export function factsOf(demand: Demand, plan: ServingPlan): Map<string, ModelFacts> {
  const entries = plan.models.flatMap((planned): [string, ModelFacts][] => {
    const found = demandModelOf(demand, planned)
    return found === undefined ? [] : [[planned.name, modelFacts(demand.device, found)]]
  })
  return new Map(entries)
}

/** The model of a demand that a plan serves. If several have this name, it is the one with the same samples. */
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
 * A plan with rough times for its launches: each takes its time alone, until the shares of the launches that run
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
