import { instanceModels, type ServingPlan } from '../plan/serving-plan.js'
import type { RunningLaunch, ServiceModel } from '../schedule/shared-device.js'
import type { Demand } from '../workload/demand.js'
import type { LaunchClass } from './launch-class.js'
import type { StateSpeeds } from './state-speeds.js'

/**
 * The device as the request-level simulator sees it under a plan: launches run at the speeds that the
 * kernel-level simulator found for what runs together.
 */
export class PlanService implements ServiceModel {
  readonly dispatchUs: number
  readonly #states: StateSpeeds
  readonly #classes: readonly LaunchClass[]
  /** Class of a launch by model and batch size. */
  readonly #classOf: readonly ReadonlyMap<number, number>[]
  readonly #modelOf: readonly number[]
  readonly #counts: number[]
  /** By the counts of all classes, read as the digits of one number. */
  readonly #known = new Map<number, readonly number[]>()
  readonly #radix: number

  constructor(demand: Demand, plan: ServingPlan, states: StateSpeeds) {
    this.#states = states
    this.dispatchUs = demand.device.costs.dispatchUs ?? 0
    const classes: LaunchClass[] = []
    this.#classOf = plan.models.map(
      ({ batches, share }, m) =>
        new Map(
          batches.map((batch) => {
            const profile = demand.models[m].profiles.find((one) => one.batch === batch)!
            return [batch, classes.push({ profile, share }) - 1]
          }),
        ),
    )
    this.#classes = classes
    this.#modelOf = instanceModels(plan)
    this.#counts = classes.map(() => 0)
    this.#radix = 1 + Math.max(...plan.models.map(({ instances }) => instances))
  }

  workUs(instance: number, batch: number): number {
    const c = this.#classOf[this.#modelOf[instance]].get(batch)!
    return this.#states.soloUs(this.#classes[c].profile)
  }

  speeds(running: readonly RunningLaunch[], speeds: Float64Array): void {
    let key = 0
    const counts = this.#counts.fill(0)
    for (const { model, batch } of running) counts[this.#classOf[model].get(batch)!]++
    for (const count of counts) key = key * this.#radix + count
    const byClass = this.#known.get(key) ?? this.#find(key)
    running.forEach(({ model, batch }, i) => {
      speeds[i] = byClass[this.#classOf[model].get(batch)!]
    })
  }

  #find(key: number): readonly number[] {
    const byClass = this.#states.speedsOf({ classes: this.#classes, counts: this.#counts })
    this.#known.set(key, byClass)
    return byClass
  }
}
