import { sum } from '../../numbers.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Demand } from '../../workload/demand.js'
import type { Forecast } from './forecast.js'
import type { CountedModel } from './shortfall.js'

/** The factors by which launches may turn out slower than expected, from 1 to about 4. */
export const SLOWDOWNS: readonly number[] = Array.from({ length: 16 }, (_, i) => 1.1 ** i)

/** The plan if every launch takes this many times as long as the plan expects. */
export function slowed(plan: ServingPlan, slowdown: number): ServingPlan {
  const models = plan.models.map((model) => ({
    ...model,
    expectedMs: Object.fromEntries(
      Object.entries(model.expectedMs).map(([batch, times]) => [
        batch,
        times.map((timeMs) => timeMs * slowdown),
      ]),
    ),
  }))
  return { ...plan, models }
}

/**
 * Turns a demand on the slowed device into an equal demand on a device of the expected speed. Time is counted in
 * slower seconds, so more requests come in each, and each request has fewer of them left.
 */
export function demandOnSlowed(demand: Demand, slowdown: number): Demand {
  const models = demand.models.map((model) => ({
    ...model,
    ratePerSecond: model.ratePerSecond * slowdown,
    targetUs: model.targetUs / slowdown,
  }))
  return { ...demand, models }
}

/**
 * Finds the forecast that comes closest to what was observed.
 * @param forecasts of one plan under each of {@link SLOWDOWNS}
 * @param observed the models to look at
 * @returns the index of the first forecast with no more of their requests in time than were observed, or else the
 *   last index. If nothing was observed, 0: the plan's own times are believed
 */
export function closest(
  forecasts: readonly (readonly Forecast[])[],
  observed: readonly CountedModel[],
): number {
  if (observed.length === 0) return 0
  const seen = observedShare(observed)
  const first = forecasts.findIndex((one) => shareInTime(forecastOf(one, observed)) <= seen)
  return first < 0 ? forecasts.length - 1 : first
}

/** The forecasts of the models that were observed. */
export function forecastOf(
  forecasts: readonly Forecast[],
  observed: readonly CountedModel[],
): readonly Forecast[] {
  return forecasts.filter(({ name }) => observed.some((one) => one.name === name))
}

/** The share of all requests of all models that are in time; 1 if there are none. */
export function shareInTime(forecasts: readonly Forecast[]): number {
  const requests = sum(forecasts.map((one) => one.requests))
  return requests === 0 ? 1 : sum(forecasts.map((one) => one.attainment * one.requests)) / requests
}

/** The share of all requests of all models that were in time; at least one model must have requests. */
export function observedShare(observed: readonly CountedModel[]): number {
  return sum(observed.map(({ inTime }) => inTime)) / sum(observed.map(({ ended }) => ended))
}
