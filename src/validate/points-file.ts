import { z } from 'zod'
import { pointSchema, pointsSchema, pointWorkerSchema } from './points.js'

const count = z.number().int().positive()
const index = z.number().int().nonnegative()

/** A kernel group as `eclip.points/1` wrote it: kernels, granules, and the priority unless it is 0. */
const run = z.union([
  z.tuple([count, z.array(index).min(1)]),
  z.tuple([count, z.array(index).min(1), index]),
])

const workerWithRuns = pointWorkerSchema
  .omit({ groups: true })
  .extend({ runs: z.array(run).min(1) })

/** Points in the form that the shipped files have, converted to the form of today. */
const earlierSchema = pointsSchema
  .extend({
    format: z.literal('eclip.points/1'),
    points: z.array(pointSchema.extend({ workers: z.array(workerWithRuns).min(1) })).min(1),
  })
  .transform((file) => ({
    ...file,
    format: 'eclip.points/2' as const,
    points: file.points.map((point) => ({
      ...point,
      workers: point.workers.map(({ runs, ...worker }) => ({
        ...worker,
        groups: runs.map(([kernels, granules, priority = 0]) => ({ kernels, granules, priority })),
      })),
    })),
  }))

/** A file of measured points in the format of today or the one before it. */
export const pointsFileSchema = z.discriminatedUnion('format', [pointsSchema, earlierSchema])
