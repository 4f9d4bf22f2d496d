import { sum } from '../numbers.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { MOST_RATE } from '../quantities.js'
import { demandStreams } from '../schedule/serving/demand-streams.js'
import { servingSetup } from '../schedule/serving/setup.js'
import type { ServiceModel } from '../schedule/serving/shared-device.js'
import { type ServingResult, simulateServing } from '../schedule/serving/simulator.js'
import type { Demand } from '../workload/demand.js'
import { onBusyHost } from './busy-host.js'

/**
 * Added to a seed to get the arrivals for searching plans, and those for judging them. The two
 * differ because a plan fits the arrivals it was searched with, and would seem to carry more than
 * it does. `eclip bench` adds nothing to the seed, so it measures the plan under a third set.
 */
export const SEARCH_SEEDS = 1 << 16
export const JUDGE_SEEDS = 1 << 17

/** Requests of the least busy model in one run of a search. At 99%, thirty of them may miss their target. */
const LEAST_REQUESTS = 3000
/** The same for a run that judges a plan. */
export const JUDGED_REQUESTS = 2 * LEAST_REQUESTS
/** Beyond this quantile a run has more requests, so that as many may miss as at it: three in a search. */
const FEWEST_MISSES_QUANTILE = 0.999
/** The most requests of all models together; it applies where rates differ widely. */
const MOST_REQUESTS = 120_000
/**
 * A run lasts at least this many times the longest target: in a shorter run even requests of a
 * growing queue are in time.
 */
const LEAST_TARGETS = 10
/**
 * A target of more times the latency alone is judged as one of so many: with either, a model carries all that its
 * instances can do, and runs in which a queue could grow as long as the target would take too long.
 */
const MOST_SOLOS = 1000
/** The part of a run, at its start, in which queues fill and requests do not count. */
const WARMUP_SHARE = 0.02

/** A demand under a plan, on the device as the request-level simulator sees it. */
export interface ServedDemand {
  readonly demand: Demand
  readonly plan: ServingPlan
  readonly service: ServiceModel
  /** Requests of the least busy model in one run, up to a quantile of 0.999; a search's without it. */
  readonly leastRequests?: number
  /** Whether the host holds launches up now and then. */
  readonly isHostBusy?: boolean
}

/** Serves a demand at a multiple of its rates in virtual time. */
export function serveAt(
  { demand, plan, service, leastRequests = LEAST_REQUESTS, isHostBusy }: ServedDemand,
  load: number,
  seed: number,
  stopAtMissed?: number,
): ServingResult {
  const rates = demand.models.map(({ ratePerSecond }) => ratePerSecond * load)
  const models = plan.models.map((model, m) => ({
    ...model,
    targetMs: Math.min(model.targetMs, (MOST_SOLOS * demand.models[m].soloUs) / 1000),
  }))
  const longestTargetS = Math.max(...models.map(({ targetMs }) => targetMs / 1000))
  const enoughS = plan.models.map(({ quantile }, m) => {
    const times = Math.max(1, (1 - FEWEST_MISSES_QUANTILE) / (1 - quantile))
    return (times * leastRequests) / rates[m]
  })
  const seconds = Math.min(
    Math.max(...enoughS, LEAST_TARGETS * longestTargetS),
    MOST_REQUESTS / sum(rates),
  )
  return simulateServing({
    setup: servingSetup({ ...plan, models }, demand.device.priorityLevels),
    streams: demandStreams(demand, load, seed),
    service: isHostBusy ? onBusyHost(service, seed) : service,
    warmupUs: WARMUP_SHARE * seconds * 1e6,
    endUs: (1 + WARMUP_SHARE) * seconds * 1e6,
    ...(stopAtMissed !== undefined && { stopAtMissed }),
  })
}

/** Whether every model attains its quantile at this load. */
export function carries(served: ServedDemand, load: number, seed: number): boolean {
  const quantiles = served.plan.models.map(({ quantile }) => quantile)
  const { stopped, models } = serveAt(served, load, seed, 1 - Math.min(...quantiles))
  return !stopped && models.every((counts, m) => counts.attains(quantiles[m]))
}

/** Relative width at which a bisection ends. */
const TOLERANCE = 0.01
/** A plan that does not even carry this multiple of the demand counts as carrying nothing. */
const LEAST_LOAD = 1e-3
/** The first step of a bracket, as a factor. Each step is the square of the one before, since a search starts near. */
const FIRST_STEP = 1.06

/**
 * Goodput of a plan: the largest multiple of the demand at which every model attains its quantile,
 * or 0 if there is none. Found by bisection with common random numbers.
 * @param from multiple at which the bisection starts
 */
export function goodputOf(served: ServedDemand, seed: number, from: number): number {
  const holds = (load: number): boolean => carries(served, load, seed)
  const rates = served.demand.models.map(({ ratePerSecond }) => ratePerSecond)
  const mostLoad = MOST_RATE / Math.max(...rates)
  let [low, high] = holds(from) ? bracketAbove(from, mostLoad, holds) : bracketBelow(from, holds)
  while (high > low * (1 + TOLERANCE)) {
    const middle = Math.sqrt(low * high)
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}

/** The highest load known to hold and the lowest known not to. They are equal if there was no further load to try. */
type Bracket = readonly [low: number, high: number]

/** The bracket above a load that holds. `most` is the last load to be tried. */
function bracketAbove(from: number, most: number, holds: (load: number) => boolean): Bracket {
  let low = from
  for (let step = FIRST_STEP; low < most; step *= step) {
    const high = Math.min(most, low * step)
    if (!holds(high)) return [low, high]
    low = high
  }
  return [low, low]
}

/** The bracket below a load that does not hold; 0 and 0 if none does. */
function bracketBelow(from: number, holds: (load: number) => boolean): Bracket {
  let high = from
  for (let step = FIRST_STEP; high > LEAST_LOAD; step *= step) {
    const low = Math.max(LEAST_LOAD, high / step)
    if (holds(low)) return [low, high]
    high = low
  }
  return [0, 0]
}
