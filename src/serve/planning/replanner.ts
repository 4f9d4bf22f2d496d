import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Demand } from '../../workload/demand.js'
import { type AskedRate, Drift, RATE_WINDOW_S } from './drift.js'
import type { Forecast } from './forecast.js'
import { demandModelOf } from './model-facts.js'
import type { Planner } from './planner.js'
import type { ArrivalWindow } from './recent-arrivals.js'
import { type CountedModel, Shortfall } from './shortfall.js'
import {
  closest,
  demandOnSlowed,
  forecastOf,
  observedShare,
  SLOWDOWNS,
  shareInTime,
  slowed,
} from './slowdown.js'
import type { TargetCount } from './target-counts.js'

export interface ReplannerOptions {
  /** The demand that the first plan was made for. */
  readonly demand: Demand
  readonly planner: Planner
  /** The plan in force. */
  plan(): ServingPlan
  /** The requests of the last `lengthS` seconds. */
  arrivals(lengthS: number): ArrivalWindow
  /** How the requests of each model have ended since the start. */
  targetCounts(): ReadonlyMap<string, TargetCount>
  swap(plan: ServingPlan): Promise<void>
}

export interface Decision {
  readonly kind: 'planning' | 'swapped' | 'kept' | 'failed'
  /** One sentence for the operator. */
  readonly reason: string
}

/** Hears what was decided, and why. */
export type Decided = (decision: Decision) => void

/** A model that receives no requests is still planned for at this part of its planned rate. */
const LEAST_RATE = 0.05
/** A new plan must answer a larger share of the requests in time by at least this much. */
const LEAST_GAIN = 0.002

/**
 * Makes a new plan when the load has moved away from the one that the plan in force was made for, or when targets
 * are missed. The new plan only takes over if, on the very requests that came, the present plan misses targets and
 * the new one misses fewer of them. If fewer requests were in time than forecast, launches are assumed to be slower
 * than the plan expects, by the factor that explains it.
 */
export class Replanner {
  readonly #options: ReplannerOptions
  readonly #drift = new Drift()
  readonly #shortfall = new Shortfall()
  /** The rate of each model that the plan was made for, requests per second. */
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

  /** Call it once a second. Resolves once it is decided whether anything changes. */
  async look(decided: Decided): Promise<void> {
    if (this.#isPlanning) return
    const arrivals = this.#options.arrivals(RATE_WINDOW_S)
    if (arrivals.lengthS < RATE_WINDOW_S) return
    if (this.#options.plan() !== this.#plan) {
      this.#settle(arrivals)
      this.#shortfall.reset()
    }
    const short = this.#shortfall.look(this.#plan.models, this.#options.targetCounts())
    const elsewhere = this.#drift.look(this.#rates(arrivals))
    const hasMoved = elsewhere.length > 0
    if (!hasMoved && !this.#shortfall.isDue) return
    this.#isPlanning = true
    try {
      const reason = hasMoved
        ? `the load has moved: ${elsewhere.map((rate) => this.#inWords(rate)).join(', ')}`
        : `targets are missed: ${short.map(missedInWords).join(', ')}`
      decided({ kind: 'planning', reason })
      decided(await this.#replan(arrivals, short))
    } catch (error) {
      decided({ kind: 'failed', reason: (error as Error).message })
    } finally {
      this.#settle(arrivals)
      if (hasMoved) this.#shortfall.reset()
      if (short.length > 0) this.#shortfall.tried()
      this.#isPlanning = false
    }
  }

  /** @param short models that miss their targets, whatever the forecast says */
  async #replan(arrivals: ArrivalWindow, short: readonly CountedModel[]): Promise<Decision> {
    const { planner, plan, swap } = this.#options
    const present = plan()
    const slowdowns = short.length > 0 ? SLOWDOWNS : [1]
    const presents = slowdowns.map((slowdown) => slowed(present, slowdown))
    const forecasts = await planner.forecast(presents, arrivals)
    if (short.length === 0 && meetsTargets(present, forecasts[0]))
      return { kind: 'kept', reason: 'the plan in force still meets every target' }
    const likeliest = closest(forecasts, short)
    const slowdown = slowdowns[likeliest]
    const now = forecasts[likeliest]
    const demand = this.#demand(arrivals)
    const sized = await planner.size(demandOnSlowed(demand, slowdown))
    const next = inPlaceOf(present, sized.plan, demand, slowdown)
    const [then] = await planner.forecast([slowed(next, slowdown)], arrivals)
    const seen = contradiction(short, forecasts[0], slowdown)
    const words = `${percent(shareInTime(then))} of the requests in time instead of ${percent(shareInTime(now))}`
    const kept = `${seen}no better plan is found: a new one would have ${words}`
    if (shareInTime(then) - shareInTime(now) < LEAST_GAIN) return { kind: 'kept', reason: kept }
    if (plan() !== present)
      return { kind: 'kept', reason: 'another plan came into force meanwhile' }
    await swap(next)
    return { kind: 'swapped', reason: `${seen}the new plan has ${words}` }
  }

  /** From now on, the present load is the one that the plan in force is for. */
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
      // Two requests with half the samples are as much work as one.
      const comingPerS = (byModel.get(name)?.rows ?? 0) / samples / lengthS
      return [{ name, plannedPerS, comingPerS }]
    })
  }

  /** Counts samples, not requests: requests may have a different number of samples than in the demand. */
  #inWords({ name, plannedPerS, comingPerS }: AskedRate): string {
    const { samples } = this.#plan.models.find((model) => model.name === name)!
    const [planned, coming] = [plannedPerS, comingPerS].map((perS) => (perS * samples).toFixed(1))
    return `${coming} samples of ${name} come a second instead of ${planned}`
  }

  /** The demand at the present rates. */
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

/**
 * Adapts a plan that was made for the same models, in the same order, on a device slowed down by this factor: it
 * gets the names that clients know, and its times become seconds of the clock again.
 */
function inPlaceOf(
  present: ServingPlan,
  plan: ServingPlan,
  demand: Demand,
  slowdown: number,
): ServingPlan {
  const models = plan.models.map((model, m) => ({
    ...model,
    name: present.models[m].name,
    targetMs: demand.models[m].targetUs / 1000,
    maxDelayMs: model.maxDelayMs * slowdown,
  }))
  const { mechanism } = present
  const { policy, parameters } = plan.evidence
  // A prediction made for another mechanism does not hold for this one.
  const evidence = mechanism === plan.mechanism ? plan.evidence : { policy, parameters }
  return { ...plan, mechanism, models, evidence }
}

function meetsTargets({ models }: ServingPlan, forecasts: readonly Forecast[]): boolean {
  return models.every(({ quantile }, m) => forecasts[m].attainment >= quantile)
}

function missedInWords(model: CountedModel): string {
  const { name, ended, quantile } = model
  const share = percent(observedShare([model]))
  return `${share} of ${ended} requests of ${name} were in time, not ${percent(quantile)}`
}

/**
 * What was observed, what was forecast, and what would explain the difference: the
 * beginning of a sentence, or nothing.
 */
function contradiction(
  short: readonly CountedModel[],
  forecasts: readonly Forecast[],
  slowdown: number,
): string {
  if (short.length === 0) return ''
  const names = short.map(({ name }) => name).join(', ')
  const forecast = percent(shareInTime(forecastOf(forecasts, short)))
  const observed = `${percent(observedShare(short))} of the requests of ${names} were in time where the forecast is ${forecast}; `
  if (slowdown === 1) return observed
  return `${observed}if launches take ${slowdown.toFixed(1)} times as long as expected, `
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`
}
