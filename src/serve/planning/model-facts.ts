import { type Device, totalCus } from '../device/device.js'
import { sum } from '../numbers.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { requestUs } from '../profile/duration.js'
import type { Demand, DemandModel } from '../workload/demand.js'

/** What is known of a model beyond the plan in force: what other plans may choose from. */
export interface ModelFacts {
  /** Batch sizes it can be captured at, ascending. */
  readonly batches: readonly number[]
  readonly mostInstances: number
  /** Time of a launch that has so many compute units to itself. */
  aloneMs(batch: number, cus: number): number
}

/** The facts of each model of a demand, by its name in the plan. */
export function factsOf(demand: Demand, plan: ServingPlan): Map<string, ModelFacts> {
  const entries = plan.models.flatMap(({ name, model, samples }): [string, ModelFacts][] => {
    const alike = demand.models.filter((one) => one.model === model)
    const found = alike.find((one) => one.samples === samples) ?? alike[0]
    return found === undefined ? [] : [[name, modelFacts(demand.device, found)]]
  })
  return new Map(entries)
}

function modelFacts(device: Device, { profiles, mostInstances }: DemandModel): ModelFacts {
  const byBatch = new Map(profiles.map((profile) => [profile.batch, profile]))
  return {
    batches: [...byBatch.keys()],
    mostInstances,
    aloneMs: (batch, cus) =>
      (requestUs(byBatch.get(batch)!, cus) + device.costs.hostTurnaroundUs) / 1000,
  }
}

/**
 * A plan with the times that its launches are expected to take: as alone, until the shares of those
 * that run together add up to more than the device.
 */
export function withExpectations(
  plan: ServingPlan,
  facts: ReadonlyMap<string, ModelFacts>,
  device: Device,
): ServingPlan {
  const launches = sum(plan.models.map(({ instances }) => instances))
  const meanShare = sum(plan.models.map(({ instances, share }) => instances * share)) / launches
  const concurrency = Math.min(plan.concurrency, launches)
  const models = plan.models.map((model) => {
    const times = (batch: number): number[] => {
      const aloneMs = facts.get(model.name)!.aloneMs(batch, model.share)
      return Array.from({ length: concurrency }, (_, others) => {
        const held = model.share + others * meanShare
        return aloneMs * Math.max(1, held / totalCus(device))
      })
    }
    const expectedMs = Object.fromEntries(model.batches.map((batch) => [batch, times(batch)]))
    return { ...model, expectedMs }
  })
  return { ...plan, concurrency, models }
}
