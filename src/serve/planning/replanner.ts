import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Demand } from '../../workload/demand.js'
import { type AskedRate, Drift, RATE_WINDOW_S } from './drift.js'
import type { Forecast } from './forecast.js'
import { demandModelOf } from './model-facts.js'
import type { Planner } from './planner.js'
import type { ArrivalWindow } from './recent-arrivals.js'

export interface ReplannerOptions {
  /** The demand that the first plan was made for. */
  readonly demand: Demand
  readonly planner: Planner
  /** The plan in force. */
  plan(): ServingPlan
  /** What has come in the last seconds. */
  arrivals(lengthS: number): ArrivalWindow
  swap(plan: ServingPlan): Promise<void>
}

export interface Decision {
  readonly kind: 'planning' | 'swapped' | 'kept' | 'failed'
  /** One sentence for an operator. */
  readonly reason: string
}

/** Told what was decided, and why. */
export type Decided = (decision: Decision) => void

/** A model that nobody asks for keeps this part of the rate that it was to have. */
const LEAST_RATE = 0.05
/** Shares of requests in time that differ by less are alike. */
const LEAST_GAIN = 0.002

/**
 * Makes a new plan when the load has moved away from what the plan in force was made for. The new one
 * takes its place only if, on the very requests that came, the present one misses targets and the new
 * one misses fewer of them.
 */
export class Replanner {
  readonly #options: ReplannerOptions
  readonly #drift = new Drift()
  /** Requests per second of each model that the plan was made for. */
  #planned: ReadonlyMap<string, number>
  #plan: ServingPlan
  #isPlanning = false

  constructor(options: ReplannerOptions) {
    this.#options = options
    this.#plan = options.plan()
    this.#planned = new Map(
      this.#plan.models.flatMap((model): [string, number][] => {
        const found = demandModelOf(options.demand, model)
        return found === undefined ? [] : [[model.name, found.ratePerSecond]]
      }),
    )
  }

  /** To be called once a second; resolves once it is decided whether anything changes. */
  async look(decided: Decided): Promise<void> {
    if (this.#isPlanning) return
    const arrivals = this.#options.arrivals(RATE_WINDOW_S)
    if (arrivals.lengthS < RATE_WINDOW_S) return
    if (this.#options.plan() !== this.#plan) this.#settle(arrivals)
    const elsewhere = this.#drift.look(this.#rates(arrivals))
    if (elsewhere.length === 0) return
    this.#isPlanning = true
    try {
      const reason = `the load has moved: ${elsewhere.map(inWords).join(', ')}`
      decided({ kind: 'planning', reason })
      decided(await this.#replan(arrivals))
    } catch (error) {
      decided({ kind: 'failed', reason: (error as Error).message })
    } finally {
      this.#settle(arrivals)
      this.#isPlanning = false
    }
  }

  async #replan(arrivals: ArrivalWindow): Promise<Decision> {
    const { planner, plan, swap } = this.#options
    const present = plan()
    const [now] = await planner.forecast([present], arrivals)
    if (meetsTargets(present, now))
      return { kind: 'kept', reason: 'the plan in force still meets every target' }
    const sized = await planner.size(this.#demand(arrivals))
    const next = underNamesOf(present, sized.plan)
    const [then] = await planner.forecast([next], arrivals)
    const words = `${percent(then)} of the requests in time instead of ${percent(now)}`
    if (shareInTime(then) - shareInTime(now) < LEAST_GAIN)
      return { kind: 'kept', reason: `a new plan would have ${words}` }
    if (plan() !== present)
      return { kind: 'kept', reason: 'another plan came into force meanwhile' }
    await swap(next)
    return { kind: 'swapped', reason: `the new plan has ${words}` }
  }

  /** From now on what comes is what the plan in force is there for. */
  #settle(arrivals: ArrivalWindow): void {
    this.#plan = this.#options.plan()
    this.#planned = new Map(
      this.#rates(arrivals).map(({ name, comingPerS, plannedPerS }) => [
        name,
        Math.max(comingPerS, LEAST_RATE * plannedPerS),
      ]),
    )
    this.#drift.reset()
  }

  #rates({ byModel, lengthS }: ArrivalWindow): AskedRate[] {
    return this.#plan.models.flatMap(({ name, samples }) => {
      const plannedPerS = this.#planned.get(name)
      if (plannedPerS === undefined) return []
      // Two requests of half the samples are as much work as one.
      const comingPerS = (byModel.get(name)?.rows ?? 0) / samples / lengthS
      return [{ name, plannedPerS, comingPerS }]
    })
  }

  /** The demand at the rates that come. */
  #demand(arrivals: ArrivalWindow): Demand {
    const { demand } = this.#options
    const rates = new Map(this.#rates(arrivals).map((rate) => [rate.name, rate]))
    const models = this.#plan.models.map((model) => {
      const { comingPerS, plannedPerS } = rates.get(model.name)!
      const ratePerSecond = Math.max(comingPerS, LEAST_RATE * plannedPerS)
      return {
        ...demandModelOf(demand, model)!,
        ratePerSecond,
        arrivals: { kind: 'poisson' as const },
      }
    })
    return { ...demand, models }
  }
}

/** A plan made for the same models in the same order, under the names that clients know. */
function underNamesOf(present: ServingPlan, plan: ServingPlan): ServingPlan {
  const models = plan.models.map((model, m) => ({ ...model, name: present.models[m].name }))
  return { ...plan, mechanism: present.mechanism, models }
}

function meetsTargets({ models }: ServingPlan, forecasts: readonly Forecast[]): boolean {
  return models.every(({ quantile }, m) => forecasts[m].attainment >= quantile)
}

/** Of all requests of all models. */
function shareInTime(forecasts: readonly Forecast[]): number {
  const requests = forecasts.reduce((total, one) => total + one.requests, 0)
  const inTime = forecasts.reduce((total, one) => total + one.attainment * one.requests, 0)
  return requests === 0 ? 1 : inTime / requests
}

function inWords({ name, plannedPerS, comingPerS }: AskedRate): string {
  return `${name} is asked ${comingPerS.toFixed(1)} times a second instead of ${plannedPerS.toFixed(1)}`
}

function percent(forecasts: readonly Forecast[]): string {
  return `${(100 * shareInTime(forecasts)).toFixed(1)}%`
}
