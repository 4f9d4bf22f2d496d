import { z } from 'zod'

const count = z.number().int().positive()
const milliseconds = z.number().nonnegative().max(3.6e6)

const servedModelSchema = z.strictObject({
  name: z.string().min(1).describe('unique in the plan'),
  model: z.string().min(1),
  samples: count.describe('of one request'),
  batches: z
    .array(count)
    .min(1)
    .max(16)
    .refine((sizes) => sizes.every((size, i) => i === 0 || size > sizes[i - 1]), {
      message: 'batch sizes, ascending and each once',
    })
    .describe('sizes captured; a launch takes the smallest that carries its requests'),
  maxDelayMs: milliseconds.describe('how long a request may wait for others to fill a batch'),
  targetMs: z.number().positive().max(3.6e6),
  quantile: z.number().min(0.5).max(0.9999),
  priorityClass: z.enum(['low', 'normal', 'high']),
  late: z.enum(['drop', 'serve']).describe('what becomes of requests that cannot be in time'),
  instances: count.max(8).describe('workers of the model; they serve one queue'),
  share: count.describe('compute units that each instance may use at once'),
  expectedMs: z
    .record(z.string().regex(/^[1-9]\d{0,3}$/), z.array(z.number().positive()).min(1).max(128))
    .describe('by batch size: time of a launch beside 0, 1, 2, … others; the last holds for more'),
})

/** How instances share the device: a process each under MPS, a process each in turns of time, or
 *  streams of one process. */
export const SERVING_MECHANISMS = ['mps', 'time-slices', 'streams'] as const

export const servingPlanSchema = z
  .strictObject({
    format: z.literal('eclip.serving/1'),
    device: z.strictObject({ name: z.string().min(1), fingerprint: z.string().min(1) }),
    mechanism: z.enum(SERVING_MECHANISMS),
    concurrency: count.describe('most launches on the device at once'),
    priority: z
      .enum(['none', 'deadline'])
      .describe('deadline: a launch goes before those running that are due later'),
    models: z.array(servedModelSchema).min(1).max(16),
    evidence: z.strictObject({
      policy: z.string().min(1),
      parameters: z.record(z.string(), z.unknown()).default({}),
      predicted: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .describe('How a demand is served: instances, shares, batches and priorities of each model')

/** What is decided for a demand: how many instances of each model, with which share and batches. */
export type ServingPlan = z.infer<typeof servingPlanSchema>
export type ServedModelPlan = ServingPlan['models'][number]
export type ServingMechanism = ServingPlan['mechanism']

/** The model of each instance, as an index of the plan's models: those of the first model first. */
export function instanceModels(plan: ServingPlan): number[] {
  return plan.models.flatMap(({ instances }, model) => new Array<number>(instances).fill(model))
}

/** Expected time of a launch in µs, beside so many others that run, this one included in `running`. */
export function expectedUs(model: ServedModelPlan, batch: number, running: number): number {
  const byRunning = model.expectedMs[batch]
  return byRunning[Math.min(running, byRunning.length) - 1] * 1000
}
