import { expectedUs, instanceModels, type ServingPlan } from '../plan/serving-plan.js'
import { servingSetup } from '../schedule/serving-setup.js'
import {
  type RequestStream,
  type ServiceModel,
  simulateServing,
} from '../schedule/serving-simulator.js'
import type { ModelArrivals, RecentArrivals } from './recent-arrivals.js'

/** What a plan would have made of the requests of one model. */
export interface Forecast {
  readonly requests: number
  /** Share of them that would have been answered within the target. */
  readonly attainment: number
  /** Of answered requests; undefined if there are none. */
  readonly p95Ms: number | undefined
  readonly notAnswered: number
}

/**
 * Serves requests that came between two times once more, in virtual time, under a plan whose launches
 * take as long as it expects.
 *
 * @returns one forecast for each model of the plan
 */
export function forecast(
  plan: ServingPlan,
  levels: number,
  arrivals: RecentArrivals,
  fromS: number,
  toS: number,
): Forecast[] {
  const { models } = simulateServing({
    setup: servingSetup(plan, levels),
    streams: plan.models.map(({ name }) =>
      streamOf(arrivals.between(name, fromS, toS), fromS, toS - fromS),
    ),
    service: expectedService(plan),
    warmupUs: 0,
    endUs: (toS - fromS) * 1e6,
  })
  return models.map(({ offered, answered, attainment, latencyUs }) => ({
    requests: offered,
    attainment,
    p95Ms: answered === 0 ? undefined : latencyUs.quantile(0.95) / 1000,
    notAnswered: offered - answered,
  }))
}

function streamOf(
  { timesS, meanRows }: ModelArrivals,
  fromS: number,
  lengthS: number,
): RequestStream {
  const ratePerS = Math.max(1, timesS.length) / lengthS
  let next = 0
  return {
    ratePerS,
    samples: Math.max(1, Math.round(meanRows)),
    gaps: {
      next: () => {
        const gapS = timesS[next] - (timesS[next - 1] ?? fromS)
        next++
        return Number.isNaN(gapS) ? Number.POSITIVE_INFINITY : gapS * ratePerS
      },
    },
  }
}

/** The device as a plan expects it: launches slow each other down by how many there are. */
function expectedService(plan: ServingPlan): ServiceModel {
  const models = instanceModels(plan)
  return {
    workUs: (instance, batch) => expectedUs(plan.models[models[instance]], batch, 1),
    speeds: (running, speeds) => {
      running.forEach(({ model, batch }, i) => {
        const planned = plan.models[model]
        speeds[i] = expectedUs(planned, batch, 1) / expectedUs(planned, batch, running.length)
      })
    },
  }
}
