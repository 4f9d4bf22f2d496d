import { z } from 'zod'
import type { Device } from '../device/device.js'
import type { Profile } from '../profile/profile.js'
import {
  durationMs,
  instances,
  MOST_WORKERS,
  name,
  path,
  quantile,
  rate,
  servedBatch,
} from '../quantities.js'
import { PRIORITY_CLASSES, type PriorityClass } from './scenario.js'

/** What is more is a mistake. In ms a target may be longer: short models are given those of long ones. */
export const MOST_TIMES_SOLO = 1000
const LEAST_TIMES_SOLO = 0.01

const arrivalsSchema = z.union([
  z.literal('poisson'),
  z.strictObject({
    gamma: z
      .number()
      .positive()
      .max(20)
      .describe('coefficient of variation of the gaps; 1 is Poisson, more is burstier'),
  }),
  z.strictObject({
    trace: path.describe(
      'file of arrival times in seconds, one a line; scaled in time to the rate',
    ),
  }),
])

const targetSchema = z.union([
  z.strictObject({ ms: durationMs }),
  z.strictObject({
    timesSolo: z
      .number()
      .min(LEAST_TIMES_SOLO)
      .max(MOST_TIMES_SOLO)
      .describe('multiple of the latency of the request alone on the whole device'),
  }),
])

const modelSchema = z.strictObject({
  model: name.describe('a model with profiles for the device'),
  ratePerSecond: rate.describe('requests'),
  arrivals: arrivalsSchema.default('poisson'),
  samples: servedBatch.default(1).describe('of one request'),
  target: targetSchema,
  quantile: quantile
    .default(0.99)
    .describe('share of the requests that must end within the target'),
  priorityClass: z.enum(PRIORITY_CLASSES).default('normal'),
  mostInstances: instances.default(3),
  largestBatch: servedBatch.default(32).describe('samples that may be run together'),
})

export const demandSchema = z
  .strictObject({
    format: z.literal('eclip.demand/1'),
    device: path.describe(
      'a name in your library or the catalog, or a device file beside the demand',
    ),
    models: z.array(modelSchema).min(1).max(MOST_WORKERS),
  })
  .describe('What an operator has: models, how often they are asked, and when answers are due')

export type DemandFile = z.infer<typeof demandSchema>
export type DemandFileModel = DemandFile['models'][number]

/** How the requests of a model are spaced in time. */
export type ArrivalProcess =
  | { readonly kind: 'poisson' }
  | { readonly kind: 'gamma'; readonly coefficientOfVariation: number }
  | { readonly kind: 'trace'; readonly timesS: readonly number[]; readonly file: string }

/** One model of a demand, with its profiles. Times in µs. */
export interface DemandModel {
  /** Unique in its demand. */
  readonly name: string
  readonly model: string
  /** Profiles at the batch sizes it can be captured at, ascending, from the first that carries a request on. */
  readonly profiles: readonly Profile[]
  readonly ratePerSecond: number
  readonly arrivals: ArrivalProcess
  readonly samples: number
  readonly targetUs: number
  /** Latency of one request alone on the whole device. */
  readonly soloUs: number
  readonly quantile: number
  readonly priorityClass: PriorityClass
  readonly mostInstances: number
}

/** A demand with everything that it names already read: the input of `size`. */
export interface Demand {
  readonly device: Device
  readonly models: readonly DemandModel[]
}
