import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import {
  type Choice,
  evenChoices,
  fewerAtOnce,
  habitsOf,
  otherConcurrencies,
  percentsToTry,
  placesOf,
  planOf,
  type Reach,
  totalInstances,
  USEFUL_INSTANCES,
} from './candidates.js'
import type { ColocatedModel, Colocations } from './colocations.js'
import { expectedMs } from './dispatch.js'
import { carries, goodputOf, JUDGED_REQUESTS, type ServedDemand } from './plan-goodput.js'
import { PlanService } from './plan-service.js'

/** A plan that the search has examined, and the load it carries in the request-level simulator. */
export interface Sized {
  readonly choice: Choice
  readonly plan: ServingPlan
  readonly goodput: number
}

/** What a search has found. */
export interface Searched {
  /** The plans that were the best at some point, ordered by what they carry, the best first. */
  readonly plans: readonly Sized[]
  /** Whether it left choices out for want of states, so that a better plan may be near. */
  readonly cutShort: boolean
}

export interface SearchSettings {
  readonly seed: number
  /**
   * How many states may be simulated. Once they are used up, the search only tries what needs no
   * more: other orders, delays and launches at once.
   */
  readonly mostStates: number
  /** Called with every plan that is better than all plans before it. */
  readonly onBetter?: (best: Sized, states: number) => void
}

/**
 * A move is taken only if it carries this many times as much: below it, noise remains even with
 * common random numbers.
 */
const LEAST_GAIN = 1.01
/**
 * Shares in percent that all models are given alike, in the order of how often each carries most.
 * Goodput has more than one peak over the shares, so a single climb would miss the others.
 */
const EVEN_PERCENTS = [40, 60, 30, 100, 50, 25] as const
/** How many of the even shares are climbed from, because a climb may end on a peak that is not the highest. */
const CLIMBS = 2

/**
 * Searches for the plan that carries the largest multiple of a demand. At first all models are
 * alike: the search tries several shares, each with every number of instances. It then climbs from
 * the best two of these, changing one model at a time: first its share and instances together with
 * the launches at once, then its batch, delay and head start. It keeps the best of each before it
 * goes on. Deterministic for a seed.
 */
export async function searchPlan(
  demand: Demand,
  colocations: Colocations,
  settings: SearchSettings,
): Promise<Searched> {
  const search = new Search(demand, colocations, settings)
  const starts = await search.evenShares()
  for (const start of starts.slice(0, CLIMBS)) await search.climb(start)
  return { plans: byGoodput(search.found), cutShort: search.isCutShort }
}

/** The best first. Among equal plans, the one found first comes first. */
export function byGoodput<One extends { goodput: number }>(plans: readonly One[]): One[] {
  return plans.toSorted((a, b) => b.goodput - a.goodput)
}

class Search {
  /** Plans that were the best of their share or climb when they were found. */
  readonly found: Sized[] = []
  /** Whether anything was left out for want of states. */
  isCutShort = false
  readonly #demand: Demand
  readonly #colocations: Colocations
  readonly #settings: SearchSettings
  /** Upper bound of what each choice carries, as far as it is known. */
  readonly #atMost = new Map<string, number>()
  #most = Number.NEGATIVE_INFINITY

  constructor(demand: Demand, colocations: Colocations, settings: SearchSettings) {
    this.#demand = demand
    this.#colocations = colocations
    this.#settings = settings
  }

  /** Whether states are left. Whoever asks leaves something out if not. */
  #hasStates(): boolean {
    const hasStates = this.#colocations.states < this.#settings.mostStates
    if (!hasStates) this.isCutShort = true
    return hasStates
  }

  /** The best plan under each even share, the best of all first. */
  async evenShares(): Promise<Sized[]> {
    const bests: Sized[] = []
    for (const percent of percentsToTry(this.#demand.device, EVEN_PERCENTS)) {
      if (bests.length > 0 && !this.#hasStates()) break
      let best: Sized | undefined
      for (const choice of evenChoices(this.#demand, percent)) {
        best = await this.#better(choice, best)
      }
      if (best) bests.push(best)
    }
    return byGoodput(bests)
  }

  /** Whether a choice needs no further states, as others with the same shares and batches have been examined. */
  #isFree(choice: Choice): boolean {
    return this.#colocations.has(choice.mechanism, colocatedModels(this.#demand, choice))
  }

  /** Improves a plan until no change carries more, first with small steps of shares and then with large ones. */
  async climb(start: Sized): Promise<void> {
    let best = await this.#bestOf(fewerAtOnce(start.choice), start)
    for (const reach of ['near', 'far'] as const) {
      for (let before: Sized | undefined; before !== best; ) {
        before = best
        best = await this.#improve(best, reach)
      }
    }
  }

  /** Tries changes of everything in turn, each on top of the best of those before it, and returns the best plan. */
  async #improve(from: Sized, reach: Reach): Promise<Sized> {
    let best = await this.#bestOf(otherConcurrencies(from.choice), from)
    for (const m of this.#demand.models.keys()) {
      if (this.#hasStates())
        best = await this.#bestOf(placesOf(this.#demand, best.choice, m, reach), best)
      best = await this.#bestOf(habitsOf(this.#demand, best.choice, m), best)
    }
    return best
  }

  async #bestOf(choices: Iterable<Choice>, from: Sized): Promise<Sized> {
    let best = from
    for (const choice of choices) {
      if (this.#isFree(choice) || this.#hasStates())
        best = (await this.#better(choice, best)) ?? best
    }
    return best
  }

  /** The choice if it carries more than the best so far, otherwise the best so far. */
  async #better(choice: Choice, best: Sized | undefined): Promise<Sized | undefined> {
    const key = JSON.stringify(choice)
    const least = (best?.goodput ?? 0) * LEAST_GAIN
    if ((this.#atMost.get(key) ?? Number.POSITIVE_INFINITY) <= least) return best
    const served = await servedDemand(this.#demand, choice, this.#colocations)
    const { seed, onBetter } = this.#settings
    if (least > 0 && !carries(served, least, seed)) {
      this.#atMost.set(key, least)
      return best
    }
    const goodput = goodputOf(served, seed, least || 1)
    this.#atMost.set(key, goodput)
    if (best && goodput <= best.goodput) return best
    const sized = { choice, plan: served.plan, goodput }
    this.found.push(sized)
    if (goodput > this.#most) {
      this.#most = goodput
      onBetter?.(sized, this.#colocations.states)
    }
    return sized
  }
}

/** A demand served under the plan of a choice. */
export async function servedDemand(
  demand: Demand,
  choice: Choice,
  colocations: Colocations,
): Promise<ServedDemand> {
  const colocation = await colocations.of(choice.mechanism, colocatedModels(demand, choice))
  const atOnce = Math.min(choice.concurrency, totalInstances(choice.models), choice.models.length)
  const plan = planOf(demand, choice, (m, batch) =>
    expectedMs(demand, colocation, m, batch, atOnce),
  )
  return { demand, plan, service: new PlanService(demand, plan, colocation) }
}

function colocatedModels(demand: Demand, choice: Choice): ColocatedModel[] {
  return choice.models.map(({ share, largestBatch }, m) => {
    const { profiles, mostInstances } = demand.models[m]
    const batches = profiles.slice(0, largestBatch + 1).map(({ batch }) => batch)
    return { share, batches, most: Math.min(USEFUL_INSTANCES, mostInstances) }
  })
}

/** The same, with runs long enough to judge the plan. */
export async function judgedPlan(
  demand: Demand,
  choice: Choice,
  colocations: Colocations,
): Promise<ServedDemand> {
  return { ...(await servedDemand(demand, choice, colocations)), leastRequests: JUDGED_REQUESTS }
}
