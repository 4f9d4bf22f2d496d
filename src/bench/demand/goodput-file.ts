import { z } from 'zod'
import { servingPlanSchema } from '../../plan/serving-plan.js'
import { remark } from '../../quantities.js'

const amount = z.number().nonnegative()
const count = z.number().int().nonnegative()
/** Null if there was nothing to measure. */
const amountOrNone = amount.nullable()

const drivenModelSchema = z.strictObject({
  offered: count.describe('requests that came after the warm-up'),
  answered: count,
  inTime: count,
  dropped: count,
  lost: count.describe('not answered within the run, or failed'),
  p50Ms: amountOrNone,
  p95Ms: amountOrNone,
  p99Ms: amountOrNone,
  batch: amountOrNone.describe('mean samples of a launch'),
})

const measurementSchema = z.strictObject({
  load: amount.describe('multiple of the demand'),
  models: z.array(drivenModelSchema).min(1),
  powerW: amount.optional().describe('mean of the device while requests came'),
  joulesPerRequest: amount
    .optional()
    .describe('energy of the device over the requests that were answered meanwhile'),
  senderLagMs: amountOrNone.describe('how late requests left, at the 99th percentile'),
  tookS: amount,
})

const unfinished = z.literal(true).optional().describe('more was to be measured')

export const goodputFileSchema = z
  .strictObject({
    format: z.literal('eclip.goodput/1'),
    command: remark,
    date: remark,
    demand: remark.describe('as it was named to eclip bench'),
    gpu: remark,
    versions: z.record(z.string(), z.string()),
    unfinished,
    results: z
      .array(
        z.strictObject({
          name: remark,
          plan: servingPlanSchema,
          goodput: amount.describe(
            'largest multiple of the demand at which every model has the share of its requests in time that is asked',
          ),
          goodput95: amount.describe('the same with 95% in time'),
          startS: amount.describe('until the processes were up'),
          measurements: z.array(measurementSchema),
          failed: remark.optional(),
          unfinished,
        }),
      )
      .min(1),
  })
  .describe('How much of a demand each contender carried, as eclip bench measured it')

/** What `eclip bench DEMAND -o` writes. */
export type GoodputFile = z.infer<typeof goodputFileSchema>
