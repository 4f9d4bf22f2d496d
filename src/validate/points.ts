import { z } from 'zod'
import type { Frozen } from '../frozen.js'
import { groupOnGranulesSchema } from '../plan/groups-on-granules.js'

const count = z.number().int().positive()
const positive = z.number().positive()

export const pointWorkerSchema = z.looseObject({
  model: z.string().min(1),
  batch: count,
  groups: z.array(groupOnGranulesSchema).min(1).describe('together every kernel once'),
  soloRps: positive.describe('requests per second alone on the whole device'),
  rps: z.number().nonnegative().describe('requests per second together'),
  p50Ms: positive.nullish(),
  p95Ms: positive.nullish(),
  p99Ms: positive.nullish(),
  load: z
    .union([z.literal('closed'), z.looseObject({ poisson: positive })])
    .nullish()
    .describe('Poisson arrivals per second; absent: closed loop'),
})

const memsets = z
  .enum(['rehomed', 'default-context'])
  .optional()
  .describe(
    "where memset nodes ran: with their worker's kernels, or in the default context (absent: there)",
  )

export const pointSchema = z.looseObject({
  workers: z.array(pointWorkerSchema).min(1),
  memsets,
  powerW: positive.nullish(),
  seconds: positive.nullish().describe('length of the measured window'),
})

export const pointsSchema = z
  .looseObject({
    format: z.literal('eclip.points/2'),
    description: z.string().optional(),
    device: z.string().min(1),
    memsets,
    points: z.array(pointSchema).min(1),
  })
  .describe('Co-location runs measured on a device: what validate and calibrate read')

/** Co-location runs measured on one device. */
export type Points = Frozen<z.infer<typeof pointsSchema>>
export type Point = Points['points'][number]
export type PointWorker = Point['workers'][number]
