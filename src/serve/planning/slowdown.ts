import { sum } from '../../numbers.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Demand } from '../../workload/demand.js'
import type { Forecast } from './forecast.js'
import type { ObservedModel } from './shortfall.js'

/** Times as long that launches may turn out to take, from 1 to about 4. */
export const SLOWDOWNS: readonly number[] = Array.from({ length: 16 }, (_, i) => 1.1 ** i)

/** The plan as it is if every launch takes so many times as long as it expects. */
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
 * The demand that is to a device of the expected speed what the given one is to the slowed device:
 * with time counted in slower seconds, more requests come in one, and fewer of them are left for each.
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
 * Which of the forecasts comes closest to what was observed.
 * @param forecasts of one plan under each of {@link SLOWDOWNS}
 * @param observed the models to look at
 * @returns the index of the first forecast that has no more of their requests in time; else the last.
 *     With nothing observed, the first: the plan is taken at its word
 */
export function closest(
  forecasts: readonly (readonly Forecast[])[],
  observed: readonly ObservedModel[],
): number {
  if (observed.length === 0) return 0
  const seen = observedShare(observed)
  const first = forecasts.findIndex((one) => shareInTime(forecastOf(one, observed)) <= seen)
  return first < 0 ? forecasts.length - 1 : first
}

/** The forecasts of the models that were observed. */
export function forecastOf(
  forecasts: readonly Forecast[],
  observed: readonly ObservedModel[],
): readonly Forecast[] {
  return forecasts.filter(({ name }) => observed.some((one) => one.name === name))
}

/** Share of all requests of all models; 1 if there are none. */
export function shareInTime(forecasts: readonly Forecast[]): number {
  const requests = sum(forecasts.map((one) => one.requests))
  return requests === 0 ? 1 : sum(forecasts.map((one) => one.attainment * one.requests)) / requests
}

/** Share of all requests of all models, at least one of which has any. */
export function observedShare(observed: readonly ObservedModel[]): number {
  return sum(observed.map(({ inTime }) => inTime)) / sum(observed.map(({ ended }) => ended))
}
