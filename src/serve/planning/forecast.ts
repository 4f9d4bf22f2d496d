import { expectedUs, instanceModels, type ServingPlan } from '../../plan/serving-plan.js'
import { servingSetup } from '../../schedule/serving/setup.js'
import type { ServiceModel } from '../../schedule/serving/shared-device.js'
import { type RequestStream, simulateServing } from '../../schedule/serving/simulator.js'
import type { ArrivalWindow, ModelArrivals } from './recent-arrivals.js'

/** What would have become of the requests of one model under a plan. */
export interface Forecast {
  readonly name: string
  readonly requests: number
  /** The share of the requests that would have been answered within the target; 1 if there are none. */
  readonly attainment: number
  /** p95 of the answered requests; undefined if there are none. */
  readonly p95Ms: number | undefined
  readonly notAnswered: number
}

/**
 * Serves the requests of a window again, in virtual time, under a plan whose launches take as long as it expects.
 *
 * @param levels priority levels of the device
 * @returns one forecast for each model of the plan
 */
export function forecast(plan: ServingPlan, levels: number, arrivals: ArrivalWindow): Forecast[] {
  const { models } = simulateServing({
    setup: servingSetup(plan, levels),
    streams: plan.models.map(({ name }) => streamOf(arrivals.byModel.get(name), arrivals.lengthS)),
    service: expectedService(plan),
    warmupUs: 0,
    // Arrival times are sums of rounded gaps, so the last one may come out just after the end of the window.
    endUs: arrivals.lengthS * 1e6 + 1,
  })
  return models.map(({ offered, answered, attainment, latencyUs }, m) => ({
    name: plan.models[m].name,
    requests: offered,
    attainment: offered === 0 ? 1 : attainment,
    p95Ms: answered === 0 ? undefined : latencyUs.quantile(0.95) / 1000,
    notAnswered: offered - answered,
  }))
}

const NOTHING: ModelArrivals = { timesS: new Float64Array(), rows: 0 }

/** The requests of one model. Each of them gets the mean number of rows. */
function streamOf({ timesS, rows } = NOTHING, lengthS: number): RequestStream {
  const ratePerS = Math.max(1, timesS.length) / lengthS
  let nth = 0
  const next = (): number => {
    if (nth === timesS.length) return Number.POSITIVE_INFINITY
    const gapS = timesS[nth] - (timesS[nth - 1] ?? 0)
    nth++
    return gapS * ratePerS
  }
  const samples = Math.max(1, Math.round(rows / Math.max(1, timesS.length)))
  return { ratePerS, samples, gaps: { next } }
}

/**
 * The device as a plan expects it to be: only the number of launches decides how much they slow each other down.
 */
function expectedService(plan: ServingPlan): ServiceModel {
  const models = instanceModels(plan)
  return {
    // The times that a plan expects already include the time from the decision to the launch.
    dispatchUs: () => 0,
    workUs: (instance, batch) => expectedUs(plan.models[models[instance]], batch, 1),
    speeds: (running, speeds) => {
      running.forEach(({ model, batch }, i) => {
        const planned = plan.models[model]
        speeds[i] = expectedUs(planned, batch, 1) / expectedUs(planned, batch, running.length)
      })
    },
  }
}
