import { z } from 'zod'
import type { Device } from '../device/device.js'
import type { Profile } from '../profile/profile.js'
import type { PriorityClass } from './scenario.js'

/** A rate above this is a mistake: no device answers a million requests a second. */
const MOST_REQUESTS_PER_SECOND = 1e6
const LONGEST_TARGET_MS = 3.6e6
/** More instances of one model than this have never paid, and each holds its weights. */
const MOST_INSTANCES = 8
const MOST_MODELS = 16
const LARGEST_BATCH = 1024

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
    trace: z
      .string()
      .min(1)
      .describe('file of arrival times in seconds, one a line; scaled in time to the rate'),
  }),
])

const targetSchema = z.union([
  z.strictObject({ ms: z.number().positive().max(LONGEST_TARGET_MS) }),
  z.strictObject({
    timesSolo: z
      .number()
      .positive()
      .max(1e4)
      .describe('multiple of the latency of the request alone on the whole device'),
  }),
])

const modelSchema = z.strictObject({
  model: z.string().min(1).describe('a model with profiles for the device'),
  ratePerSecond: z.number().positive().max(MOST_REQUESTS_PER_SECOND).describe('requests'),
  arrivals: arrivalsSchema.default('poisson'),
  samples: z.number().int().positive().max(LARGEST_BATCH).default(1).describe('of one request'),
  target: targetSchema,
  quantile: z
    .number()
    .min(0.5)
    .max(0.9999)
    .default(0.99)
    .describe('share of the requests that must end within the target'),
  priorityClass: z.enum(['low', 'normal', 'high']).default('normal'),
  mostInstances: z.number().int().positive().max(MOST_INSTANCES).default(3),
  largestBatch: z
    .number()
    .int()
    .positive()
    .max(LARGEST_BATCH)
    .default(32)
    .describe('samples that may be run together'),
})

export const demandSchema = z
  .strictObject({
    format: z.literal('eclip.demand/1'),
    device: z.string().min(1).describe('a catalog name, or a device file beside the demand'),
    models: z.array(modelSchema).min(1).max(MOST_MODELS),
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
  /** The batch sizes it can be captured at, ascending; the first that carries a request, and above. */
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

/** A demand with everything it names read: what `size` plans for. */
export interface Demand {
  readonly device: Device
  readonly models: readonly DemandModel[]
}

/** The class of a request as a number: a higher one goes first. */
export const CLASS_RANK: Readonly<Record<PriorityClass, number>> = { low: 0, normal: 1, high: 2 }
