import { z } from 'zod'
import { granules, kernels, MOST_KERNELS, MOST_WORKERS, priority } from '../quantities.js'
import { MOST_POINTS, pointSchema, pointsSchema, pointWorkerSchema } from './points.js'

/** A kernel group as `eclip.points/1` wrote it: kernels, granules, and the priority unless it is 0. */
const run = z.union([z.tuple([kernels, granules]), z.tuple([kernels, granules, priority])])

const workerWithRuns = pointWorkerSchema
  .omit({ groups: true })
  .extend({ runs: z.array(run).min(1).max(MOST_KERNELS) })

/**
 * Points in the earlier format of some shipped files, converted to the present format. In the earlier
 * format, memset nodes stayed in the default context unless the file says otherwise.
 */
const earlierSchema = pointsSchema
  .extend({
    format: z.literal('eclip.points/1'),
    points: z
      .array(pointSchema.extend({ workers: z.array(workerWithRuns).min(1).max(MOST_WORKERS) }))
      .min(1)
      .max(MOST_POINTS),
  })
  .transform((file) => ({
    ...file,
    format: 'eclip.points/2' as const,
    memsets: file.memsets ?? ('default-context' as const),
    points: file.points.map((point) => ({
      ...point,
      workers: point.workers.map(({ runs, ...worker }) => ({
        ...worker,
        groups: runs.map(([kernels, granules, priority = 0]) => ({ kernels, granules, priority })),
      })),
    })),
  }))

/** A file of measured points in the present format or the one before it. */
export const pointsFileSchema = z.discriminatedUnion('format', [pointsSchema, earlierSchema])
