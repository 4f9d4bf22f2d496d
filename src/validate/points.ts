import { z } from 'zod'

const count = z.number().int().positive()
const index = z.number().int().nonnegative()
const positive = z.number().positive()

const run = z
  .union([z.tuple([count, z.array(index).min(1)]), z.tuple([count, z.array(index).min(1), index])])
  .describe('[consecutive kernels, granules they may use, priority (0 lowest; absent: equal)]')

const pointWorker = z.looseObject({
  model: z.string().min(1),
  batch: count,
  runs: z.array(run).min(1),
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

const point = z.looseObject({
  workers: z.array(pointWorker).min(1),
  memsets,
  powerW: positive.nullish(),
  seconds: positive.nullish().describe('length of the measured window'),
})

export const pointsSchema = z
  .looseObject({
    format: z.literal('eclip.points/1'),
    description: z.string().optional(),
    device: z.string().min(1),
    memsets,
    points: z.array(point).min(1),
  })
  .describe('Co-location runs measured on a device: what validate and calibrate read')

/** Co-location runs measured on one device. */
export type Points = z.infer<typeof pointsSchema>
export type Point = Points['points'][number]
export type PointWorker = Point['workers'][number]
