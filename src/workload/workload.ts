import { z } from 'zod'
import { batch, count, durationMs, MOST_WORKERS, name, path, rate } from '../quantities.js'
import { PRIORITY_CLASSES } from './scenario.js'

const loadSchema = z.union([
  z.literal('closed').describe('the next request starts when the last one ends'),
  z.strictObject({ poisson: rate.describe('requests per second') }),
  z.strictObject({
    trace: path.describe('file of arrival times in seconds, one a line'),
  }),
  z.strictObject({
    periodic: z.strictObject({
      everyMs: durationMs.describe('time from one request to the next'),
      offsetMs: z.number().nonnegative().max(1e6).default(0).describe('when the first one comes'),
      deadlineMs: durationMs.optional().describe('from its arrival; absent: until the next one'),
    }),
  }),
])

const workerSchema = z
  .strictObject({
    model: name.optional().describe('a shipped profile, with batch'),
    batch: batch.optional(),
    profile: path.optional().describe('a profile file, beside the workload'),
    replicas: count(1024).default(1),
    load: loadSchema.default('closed'),
    p95TargetMs: durationMs.optional(),
    priorityClass: z.enum(PRIORITY_CLASSES).default('normal'),
    minimumShare: z.number().min(0).max(1).default(0).describe('of the solo rate'),
  })
  .refine((worker) => (worker.profile === undefined) !== (worker.model === undefined), {
    message: 'either model or profile',
  })

export const workloadSchema = z
  .strictObject({
    format: z.literal('eclip.workload/1'),
    device: path.describe(
      'a name in your library or the catalog, or a device file beside the workload',
    ),
    workers: z.array(workerSchema).min(1).max(MOST_WORKERS),
  })
  .describe('Which models share a device, and under what load and targets')

/** A mix: the device and the workers that share it. */
export type Workload = z.infer<typeof workloadSchema>
export type WorkloadWorker = Workload['workers'][number]
