import { z } from 'zod'

const loadSchema = z.union([
  z.literal('closed').describe('the next request starts when the last one ends'),
  z.strictObject({ poisson: z.number().positive().describe('requests per second') }),
  z.strictObject({
    trace: z.string().min(1).describe('file of arrival times in seconds, one a line'),
  }),
])

const workerSchema = z
  .strictObject({
    model: z.string().min(1).optional().describe('a shipped profile, with batch'),
    batch: z.number().int().positive().optional(),
    profile: z.string().min(1).optional().describe('a profile file, beside the workload'),
    replicas: z.number().int().positive().default(1),
    load: loadSchema.default('closed'),
    p95TargetMs: z.number().positive().optional(),
    priorityClass: z.enum(['low', 'normal', 'high']).default('normal'),
    minimumShare: z.number().min(0).max(1).default(0).describe('of the solo rate'),
  })
  .refine((worker) => (worker.profile === undefined) !== (worker.model === undefined), {
    message: 'either model or profile',
  })

/** One device can hold this many workers: past it the tool has not been tried. */
export const MAX_WORKERS = 16

export const workloadSchema = z
  .strictObject({
    format: z.literal('eclip.workload/1'),
    device: z.string().min(1).describe('a catalog name, or a device file beside the workload'),
    workers: z.array(workerSchema).min(1),
  })
  .describe('Which models share a device, and under what load and targets')

/** A mix: the device and the workers that share it. */
export type Workload = z.infer<typeof workloadSchema>
export type WorkloadWorker = Workload['workers'][number]
