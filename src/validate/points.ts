import { z } from 'zod'
import type { Frozen } from '../frozen.js'
import { groupOnGranulesSchema } from '../plan/groups-on-granules.js'
import {
  batch,
  cus,
  durationMs,
  MOST_KERNELS,
  MOST_WORKERS,
  name,
  path,
  rate,
  rateOrNone,
  watts,
} from '../quantities.js'

/** The most runs that a file may hold: a thousand times as many as ship. */
export const MOST_POINTS = 100_000

export const pointWorkerSchema = z.looseObject({
  model: name,
  batch,
  groups: z
    .array(groupOnGranulesSchema)
    .min(1)
    .max(MOST_KERNELS)
    .describe('together every kernel once'),
  share: cus
    .optional()
    .describe(
      'compute units that the worker, a process of its own under MPS, could use at a time, on whichever granules; absent: as many as there are, or pooled streams if no worker of the point has a share',
    ),
  soloRps: rate.describe('requests per second alone on the whole device'),
  rps: rateOrNone.describe('requests per second together'),
  p50Ms: durationMs.nullish(),
  p95Ms: durationMs.nullish(),
  p99Ms: durationMs.nullish(),
  load: z
    .union([z.literal('closed'), z.looseObject({ poisson: rate })])
    .nullish()
    .describe('Poisson arrivals per second; absent: closed loop'),
})

const memsets = z
  .enum(['rehomed', 'default-context'])
  .optional()
  .describe(
    "where memset nodes ran: with their worker's kernels (as eclip runs them; absent: so), or in the default context",
  )

export const pointSchema = z.looseObject({
  workers: z.array(pointWorkerSchema).min(1).max(MOST_WORKERS),
  memsets,
  told: z
    .boolean()
    .optional()
    .describe(
      'whether processes with a share were told of the whole device, as eclip starts them; absent: of their share alone',
    ),
  powerW: watts.positive().nullish(),
  seconds: durationMs.nullish().describe('length of the measured window'),
})

export const pointsSchema = z
  .looseObject({
    format: z.literal('eclip.points/2'),
    description: z.string().optional(),
    device: path,
    memsets,
    points: z.array(pointSchema).min(1).max(MOST_POINTS),
  })
  .describe('Co-location runs measured on a device: what validate and calibrate read')

/** Co-location runs measured on one device. */
export type Points = Frozen<z.infer<typeof pointsSchema>>
export type Point = Points['points'][number]
export type PointWorker = Point['workers'][number]
