import { instanceModels, type ServingPlan } from '../plan/serving-plan.js'
import type { RunningLaunch, ServiceModel } from '../schedule/serving/shared-device.js'
import type { Demand } from '../workload/demand.js'
import type { Colocation } from './colocation.js'
import { dispatchUs, nthDispatchUs } from './dispatch.js'

/**
 * The exponent of a launch's slowdown grows by this much for each running launch at a higher level,
 * and shrinks by as much for each at a lower level. Fitted on sets of two to five launches
 * simulated kernel by kernel (bench/levels.mjs).
 */
const LEVEL_STEP = 0.12

/** The device as the request-level simulator sees it under a plan. */
export class PlanService implements ServiceModel {
  readonly #colocation: Colocation
  readonly #modelOf: readonly number[]
  /** Index into the colocation's classes, by model and batch size. */
  readonly #classOf: readonly (readonly number[])[]
  /** The mean, by class. */
  readonly #dispatchUs: readonly number[]
  readonly #hasLevels: boolean
  /** Number of launches of each class that run now. */
  readonly #counts: Uint8Array
  /** Speeds by class. The key is a string in which each character is the count of one class. */
  readonly #known = new Map<string, Float64Array>()

  constructor(demand: Demand, plan: ServingPlan, colocation: Colocation) {
    this.#colocation = colocation
    this.#modelOf = instanceModels(plan)
    this.#dispatchUs = colocation.classes.map(({ model, batch }) =>
      dispatchUs(demand, model, batch),
    )
    this.#hasLevels = plan.priority === 'deadline'
    this.#counts = new Uint8Array(colocation.classes.length)
    this.#classOf = plan.models.map((_, m) => {
      const byBatch: number[] = []
      colocation.classes.forEach(({ model, batch }, index) => {
        if (model === m) byBatch[batch] = index
      })
      return byBatch
    })
  }

  dispatchUs(instance: number, batch: number, nth: number): number {
    return nthDispatchUs(this.#dispatchUs[this.#classOf[this.#modelOf[instance]][batch]], nth)
  }

  workUs(instance: number, batch: number): number {
    const one = this.#classOf[this.#modelOf[instance]][batch]
    return this.#colocation.classes[one].aloneUs
  }

  speeds(running: readonly RunningLaunch[], speeds: Float64Array): void {
    this.#counts.fill(0)
    for (const launch of running) this.#counts[this.#indexOf(launch)]++
    const key = String.fromCharCode(...this.#counts)
    const byClass = this.#known.get(key) ?? this.#find(key)
    for (let i = 0; i < running.length; i++) speeds[i] = byClass[this.#indexOf(running[i])]
    if (this.#hasLevels) favourLevels(running, speeds)
  }

  #indexOf({ model, batch }: RunningLaunch): number {
    return this.#classOf[model][batch]
  }

  #find(key: string): Float64Array {
    const byClass = Float64Array.from(this.#counts, (count, one) =>
      count > 0 ? this.#colocation.speed(one, this.#counts) : Number.NaN,
    )
    this.#known.set(key, byClass)
    return byClass
  }
}

/**
 * Slows a launch down less for each launch at a lower level, and more for each at a higher level.
 * What some gain others lose: the sum of all speeds stays the same, as it does kernel by kernel.
 * @param speeds speeds of the launches, where 1 is the speed alone; changed in place
 */
export function favourLevels(
  running: readonly Pick<RunningLaunch, 'level'>[],
  speeds: Float64Array,
  step = LEVEL_STEP,
): void {
  let evenly = 0
  let favoured = 0
  running.forEach(({ level }, i) => {
    let above = 0
    for (const other of running) above += Math.sign(other.level - level)
    evenly += speeds[i]
    speeds[i] **= Math.max(0, 1 + step * above)
    favoured += speeds[i]
  })
  for (let i = 0; i < running.length; i++) speeds[i] = Math.min(1, (speeds[i] * evenly) / favoured)
}
