import { z } from 'zod'
import { fingerprintText } from '../device/granule-layout.js'
import {
  batchKey,
  count,
  cus,
  delayMs,
  durationMs,
  instances,
  MOST_WORKERS,
  name,
  quantile,
  servedBatch,
} from '../quantities.js'
import { PRIORITY_CLASSES } from '../workload/scenario.js'

const MOST_LAUNCHES = 128

const servedModelSchema = z
  .strictObject({
    name: name.describe('unique in the plan'),
    model: name,
    samples: servedBatch.describe('of one request'),
    batches: z
      .array(servedBatch)
      .min(1)
      .max(16)
      .refine((sizes) => sizes.every((size, i) => i === 0 || size > sizes[i - 1]), {
        message: 'batch sizes, ascending and each once',
      })
      .describe('sizes captured; a launch takes the smallest that carries its requests'),
    maxDelayMs: delayMs.describe('how long a request may wait for others to fill a batch'),
    headStartMs: delayMs
      .optional()
      .describe(
        'launches are ordered as if those of this model were due so much earlier; absent: 0',
      ),
    targetMs: durationMs,
    quantile,
    priorityClass: z.enum(PRIORITY_CLASSES),
    late: z.enum(['drop', 'serve']).describe('what becomes of requests that cannot be in time'),
    instances: instances.describe('workers of the model; they serve one queue'),
    share: cus.describe('compute units that each instance may use at once'),
    expectedMs: z
      .record(batchKey, z.array(durationMs).min(1).max(MOST_LAUNCHES))
      .describe(
        'by batch size: time of a launch beside 0, 1, 2, … others; the last holds for more',
      ),
  })
  .refine(({ batches, samples }) => batches[batches.length - 1] >= samples, {
    path: ['batches'],
    message: 'a batch that carries the samples of a request',
  })
  .refine(({ batches, expectedMs }) => batches.every((size) => expectedMs[size] !== undefined), {
    path: ['expectedMs'],
    message: 'the times of every batch size',
  })

/**
 * How instances share the device: as separate processes under MPS, as separate processes that take
 * turns (time slices), or as streams of one process.
 */
export const SERVING_MECHANISMS = ['mps', 'time-slices', 'streams'] as const

const multiple = z.number().nonnegative()
const joules = z.number().nonnegative()

/** Multiples of the demand that the plan carries, and that plain streams carry. */
export const goodputsSchema = z.strictObject({
  goodput: multiple.describe(
    'the largest multiple of the demand at which every model has the share of its requests in time that is asked',
  ),
  plainStreamsGoodput: multiple.describe(
    'the same of plain streams: one process, one instance of each model, no shares',
  ),
})

export const benchmarkedSchema = goodputsSchema
  .extend({
    joulesPerRequest: joules
      .optional()
      .describe('energy of the device for each answer, at the load nearest the goodput'),
    plainStreamsJoulesPerRequest: joules
      .optional()
      .describe('the same of plain streams, at the load nearest theirs'),
    gpu: name,
    date: name,
  })
  .describe(
    'what eclip bench measured of this plan and of plain streams; eclip serve --bench adds it',
  )

export const servingPlanSchema = z
  .strictObject({
    format: z.literal('eclip.serving/1'),
    device: z.strictObject({ name, fingerprint: fingerprintText }),
    mechanism: z.enum(SERVING_MECHANISMS),
    concurrency: count(MOST_LAUNCHES).describe('most launches on the device at once'),
    priority: z
      .enum(['none', 'deadline'])
      .describe('deadline: a launch goes before those running that are due later'),
    evenMisses: z
      .boolean()
      .optional()
      .describe(
        'whether models that lately missed more of what they may miss go earlier; absent: false',
      ),
    models: z
      .array(servedModelSchema)
      .min(1)
      .max(MOST_WORKERS)
      .refine((models) => new Set(models.map((model) => model.name)).size === models.length, {
        message: 'models of different names',
      }),
    evidence: z.strictObject({
      policy: name,
      parameters: z.record(z.string(), z.unknown()).default({}),
      predicted: z
        .looseObject(goodputsSchema.shape)
        .partial()
        .optional()
        .describe('what eclip size says of the plan, from simulation'),
      benchmarked: benchmarkedSchema.optional(),
    }),
  })
  .describe('How a demand is served: instances, shares, batches and priorities of each model')

/** The decisions for a demand: how many instances each model has, with which share and batches. */
export type ServingPlan = z.infer<typeof servingPlanSchema>
export type ServedModelPlan = ServingPlan['models'][number]
export type Goodputs = z.infer<typeof goodputsSchema>
export type Benchmarked = z.infer<typeof benchmarkedSchema>
export type ServingMechanism = ServingPlan['mechanism']

/** The model of each instance, as an index of the plan's models. Instances of the first model come first. */
export function instanceModels(plan: ServingPlan): number[] {
  return plan.models.flatMap(({ instances }, model) => new Array<number>(instances).fill(model))
}

/** Expected time of a launch in µs when `running` launches run, this one included. */
export function expectedUs(model: ServedModelPlan, batch: number, running: number): number {
  const byRunning = model.expectedMs[batch]
  return byRunning[Math.min(running, byRunning.length) - 1] * 1000
}
