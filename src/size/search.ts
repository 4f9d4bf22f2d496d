import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import {
  type Choice,
  type EvenBatches,
  evenChoice,
  fewerAtOnce,
  modelNeighbours,
  otherConcurrencies,
  planOf,
  soundParts,
  totalInstances,
} from './candidates.js'
import type { Crowds } from './crowds.js'
import { carries, goodputOf } from './plan-goodput.js'
import { PlanService } from './plan-service.js'

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
/**
 * Shares that all models are given alike, the ones that most often carry most first. What is carried has
 * more than one peak over the shares, so a climb from one of them would miss others.
 */
const EVEN_SHARES = [0.4, 0.6, 0.3, 1, 0.5, 0.25] as const
/** Beyond this many, instances of one model only take turns. */
const USEFUL_INSTANCES = 3

/**
 * Searches for the plan that carries the largest multiple of a demand. First all models are alike:
 * several shares, each with every number of instances, and the best of these with fewer launches at
 * once. Then one model at a time is changed (instances, share, batch, delay), and the launches at
 * once. Deterministic for a seed.
 * @returns the plans that were best in turn, the best first
 */
export async function searchPlan(
  demand: Demand,
  crowds: Crowds,
  settings: SearchSettings,
): Promise<Sized[]> {
  const search = new Search(demand, crowds, settings)
  await search.tryEvenShares()
  while (search.hasTime && (await search.improve()));
  return search.found.toReversed()
}

class Search {
  /** The best last. */
  readonly found: Sized[] = []
  readonly #demand: Demand
  readonly #crowds: Crowds
  readonly #settings: SearchSettings
  readonly #seen = new Set<string>()

  constructor(demand: Demand, crowds: Crowds, settings: SearchSettings) {
    this.#demand = demand
    this.#crowds = crowds
    this.#settings = settings
  }

  get hasTime(): boolean {
    return this.#crowds.states < this.#settings.mostStates
  }

  /** Tries even shares, and then fewer launches at once under the best. */
  async tryEvenShares(): Promise<void> {
    const parts = soundParts(this.#demand, EVEN_SHARES)
    for (const part of parts.length > 0 ? parts : [1]) {
      if (this.found.length > 0 && !this.hasTime) break
      for (const batches of ['all', 'smallest'] as const) await this.#tryEven(part, batches)
    }
    const { choice } = this.found[this.found.length - 1]
    for (const concurrency of fewerAtOnce(choice)) await this.#consider({ ...choice, concurrency })
  }

  async #tryEven(part: number, batches: EvenBatches): Promise<void> {
    for (let instances = USEFUL_INSTANCES; instances >= 1; instances--) {
      await this.#consider(evenChoice(this.#demand, instances, part, batches))
    }
  }

  /** Tries every change of the best plan; false once none carries more. */
  async improve(): Promise<boolean> {
    const { choice } = this.found[this.found.length - 1]
    for (const next of neighbours(this.#demand, choice)) {
      if (!this.hasTime) return false
      if (await this.#consider(next)) return true
    }
    return false
  }

  /** Takes a choice if it carries more than the best so far. */
  async #consider(choice: Choice): Promise<boolean> {
    const key = JSON.stringify(choice)
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    const { plan, service } = await servedPlan(this.#demand, choice, this.#crowds)
    const { seed } = this.#settings
    const best = this.found[this.found.length - 1]?.goodput ?? 0
    const least = best * LEAST_GAIN
    if (least > 0 && !carries(this.#demand, plan, service, least, seed)) return false
    const goodput = goodputOf(this.#demand, plan, service, seed, least || 1)
    if (goodput <= best && this.found.length > 0) return false
    const sized = { choice, plan, goodput }
    this.found.push(sized)
    this.#settings.onBetter?.(sized, this.#crowds.states)
    return true
  }
}

/** The plan of a choice, and the device under it as the request-level simulator sees it. */
export async function servedPlan(
  demand: Demand,
  choice: Choice,
  crowds: Crowds,
): Promise<{ plan: ServingPlan; service: PlanService }> {
  const models = choice.models.map(({ share, largestBatch }, m) => {
    const { profiles, mostInstances } = demand.models[m]
    const batches = profiles.slice(0, largestBatch + 1).map(({ batch }) => batch)
    return { share, batches, most: Math.min(USEFUL_INSTANCES, mostInstances) }
  })
  const crowd = await crowds.of(choice.mechanism, models)
  const { dispatchUs = 0 } = demand.device.costs
  const atOnce = Math.min(choice.concurrency, totalInstances(choice.models), choice.models.length)
  const plan = planOf(demand, choice, (m, batch) =>
    crowd.launchMs(m, batch, atOnce).map((ms) => ms + dispatchUs / 1000),
  )
  return { plan, service: new PlanService(demand, plan, crowd) }
}

/**
 * Choices that differ in one model's instances, share, batch or delay, or in the launches at once.
 * Those that need no further state simulated come first.
 */
function* neighbours(demand: Demand, choice: Choice): Generator<Choice> {
  for (const concurrency of otherConcurrencies(choice)) yield { ...choice, concurrency }
  const isBound = choice.concurrency < totalInstances(choice.models)
  const changes = choice.models.map((own, m) => modelNeighbours(demand, m, own))
  for (const kind of ['cheap', 'costly', 'far'] as const) {
    for (const [m, own] of changes.entries()) {
      for (const changed of own[kind]) {
        const models = choice.models.with(m, changed)
        const concurrency = isBound ? choice.concurrency : totalInstances(models)
        yield { ...choice, models, concurrency }
      }
    }
  }
}
