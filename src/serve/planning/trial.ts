/** Trying another plan: `POST /eclip/trials`, then `POST /eclip/trials/:trial/apply`. */
import { z } from 'zod'
import { SERVING_MECHANISMS } from '../../plan/serving-plan.js'

const count = z.number().int().positive()

export const trialRequestSchema = z
  .strictObject({
    mechanism: z.enum(SERVING_MECHANISMS),
    models: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          instances: count.max(8),
          cus: count.describe('compute units that each instance may use at once'),
          largestBatch: count.max(1024).describe('samples of one launch at most'),
          maxDelayMs: z.number().nonnegative().max(1000),
        }),
      )
      .min(1)
      .max(16),
  })
  .describe('Another plan for the models that are served')

export type TrialRequest = z.infer<typeof trialRequestSchema>

const forecastSchema = z.strictObject({
  attainment: z.number().min(0).max(1),
  p95Ms: z
    .number()
    .nonnegative()
    .optional()
    .describe('of answered requests; none if there are none'),
  notAnswered: z.number().int().nonnegative(),
})

export const trialSchema = z
  .strictObject({
    format: z.literal('eclip.trial/1'),
    id: z.string().min(1),
    overS: z.number().positive().describe('seconds of real arrivals that were simulated'),
    words: z.array(z.string().min(1)).min(1).describe('what the other plan would change'),
    models: z.array(
      z.strictObject({
        name: z.string().min(1),
        requests: z.number().int().nonnegative(),
        present: forecastSchema,
        tried: forecastSchema,
      }),
    ),
  })
  .describe(
    'What another plan would have made of the last minutes of requests, and the present one',
  )

export type Trial = z.infer<typeof trialSchema>
