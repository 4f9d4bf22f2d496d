import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import {
  type Choice,
  DELAYS,
  type ModelChoice,
  planOf,
  SHARES,
  shareOf,
  totalInstances,
} from './candidates.js'
import { carries, goodputOf } from './plan-goodput.js'
import { PlanService } from './plan-service.js'
import type { StateSpeeds } from './state-speeds.js'

/** A plan that the search looked at, and the load it carries in the request-level simulator. */
export interface Sized {
  readonly choice: Choice
  readonly plan: ServingPlan
  readonly goodput: number
}

export interface SearchSettings {
  readonly seed: number
  /**
   * How many states may be simulated. When they are used up, the search finishes its present move
   * and ends.
   */
  readonly mostStates: number
  /** Called with every plan that is better than all before it. */
  readonly onBetter?: (best: Sized, states: number) => void
}

/** A move must carry this much more to be taken: below it, common random numbers still leave noise. */
const LEAST_GAIN = 1.01
/** Where the search starts: the same number of instances and the same share for every model. */
const STARTS: readonly (readonly [number, number])[] = [
  [3, 0.4],
  [3, 0.6],
  [2, 0.5],
  [1, 1],
]

/**
 * Searches for the plan that carries the largest multiple of a demand: from a few even sharings, by
 * changes of one model at a time (share, instances, batch, delay) and of the number of launches at
 * once, as long as one carries more. Deterministic for a seed.
 */
export function searchPlan(demand: Demand, states: StateSpeeds, settings: SearchSettings): Sized {
  const search = new Search(demand, states, settings)
  for (const [instances, part] of STARTS) search.consider(evenChoice(demand, instances, part))
  while (search.hasTime && search.improve());
  return search.best
}

class Search {
  best!: Sized
  readonly #demand: Demand
  readonly #states: StateSpeeds
  readonly #settings: SearchSettings
  readonly #seen = new Set<string>()

  constructor(demand: Demand, states: StateSpeeds, settings: SearchSettings) {
    this.#demand = demand
    this.#states = states
    this.#settings = settings
  }

  get hasTime(): boolean {
    return this.#states.size < this.#settings.mostStates
  }

  /** Takes a choice if it carries more than the best so far. */
  consider(choice: Choice): boolean {
    const key = JSON.stringify(choice)
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    const plan = planOf(this.#demand, choice, (m, batch) => this.#expected(choice, m, batch))
    const service = new PlanService(this.#demand, plan, this.#states)
    const { seed } = this.#settings
    const least = (this.best?.goodput ?? 0) * LEAST_GAIN
    if (least > 0 && !carries(this.#demand, plan, service, least, seed)) return false
    const goodput = goodputOf(this.#demand, plan, service, seed, least || 1)
    this.best = { choice, plan, goodput }
    this.#settings.onBetter?.(this.best, this.#states.size)
    return true
  }

  /** Tries every change of the best plan; false once none carries more. */
  improve(): boolean {
    const { choice } = this.best
    for (const next of neighbours(this.#demand, choice)) {
      if (!this.hasTime) return false
      if (this.consider(next)) return true
    }
    return false
  }

  /** Time of a launch alone and beside others: the others are as many launches of every model in turn. */
  #expected(choice: Choice, model: number, batch: number): number[] {
    const { models } = this.#demand
    const classes = models.map(({ profiles }, m) => ({
      profile: m === model ? profiles.find((one) => one.batch === batch)! : profiles[0],
      share: choice.models[m].share,
    }))
    const soloMs = this.#states.soloUs(classes[model].profile) / 1000
    const most = Math.min(choice.concurrency, totalInstances(choice.models))
    const counts = models.map((_, m) => (m === model ? 1 : 0))
    const times: number[] = []
    for (let next = model; times.length < Math.min(most, models.length); ) {
      times.push(soloMs / this.#states.speedsOf({ classes, counts })[model])
      next = (next + 1) % models.length
      counts[next]++
    }
    return times
  }
}

function evenChoice(demand: Demand, instances: number, part: number): Choice {
  const models = demand.models.map(
    ({ mostInstances, profiles }): ModelChoice => ({
      instances: Math.min(instances, mostInstances),
      share: shareOf(demand, part),
      largestBatch: profiles.length - 1,
      maxDelayMs: 0,
    }),
  )
  return { mechanism: 'mps', models, concurrency: totalInstances(models) }
}

/** Choices that differ in one model's share, instances, batch or delay, or in the launches at once. */
function* neighbours(demand: Demand, choice: Choice): Generator<Choice> {
  for (const concurrency of concurrencies(choice)) yield { ...choice, concurrency }
  for (const [m, own] of choice.models.entries()) {
    for (const changed of modelNeighbours(demand, m, own)) {
      const models = choice.models.with(m, changed)
      const isBound = choice.concurrency < totalInstances(choice.models)
      yield {
        ...choice,
        models,
        concurrency: isBound ? choice.concurrency : totalInstances(models),
      }
    }
  }
}

function concurrencies({ concurrency, models }: Choice): number[] {
  const most = totalInstances(models)
  const tried = [concurrency - 2, concurrency - 1, concurrency + 1, concurrency + 2, most]
  return [...new Set(tried)].filter((n) => n >= 1 && n <= most && n !== concurrency)
}

function* modelNeighbours(demand: Demand, m: number, own: ModelChoice): Generator<ModelChoice> {
  const { profiles, mostInstances, targetUs, samples } = demand.models[m]
  const shares = SHARES.map((part) => shareOf(demand, part))
  const at = shares.indexOf(own.share)
  for (const next of [at + 1, at - 1, at + 2, at - 2]) {
    if (shares[next] !== undefined) yield { ...own, share: shares[next] }
  }
  if (own.instances < mostInstances) yield { ...own, instances: own.instances + 1 }
  if (own.instances > 1) yield { ...own, instances: own.instances - 1 }
  for (const largestBatch of [own.largestBatch - 1, own.largestBatch + 1]) {
    if (profiles[largestBatch] !== undefined) yield { ...own, largestBatch }
  }
  if (profiles[own.largestBatch].batch === samples) return
  for (const part of DELAYS) {
    const maxDelayMs = (part * targetUs) / 1000
    if (maxDelayMs !== own.maxDelayMs) yield { ...own, maxDelayMs }
  }
}
