import { arrivalRandom, arrivalTimes } from '../../schedule/serving/demand-streams.js'
import type { Demand } from '../../workload/demand.js'
import type { Schedule } from './drive.js'

/** How long requests are sent, in s; those of the warm-up do not count. */
export interface Span {
  readonly warmupS: number
  readonly seconds: number
}

/** The requests of a demand at a multiple of its rates. Every contender gets the same ones. */
export function scheduleOf(demand: Demand, load: number, seed: number, span: Span): Schedule {
  const endS = span.warmupS + span.seconds
  const requests = demand.models.flatMap((model, m) =>
    arrivalTimes(model, load, endS, arrivalRandom(seed, m)).map((timeS) => ({ timeS, m })),
  )
  requests.sort((a, b) => a.timeS - b.timeS)
  return {
    timesS: Float64Array.from(requests, ({ timeS }) => timeS),
    models: Uint8Array.from(requests, ({ m }) => m),
    warmupS: span.warmupS,
  }
}
