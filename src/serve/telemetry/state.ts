/** What a running server shows on its dashboard: `GET /eclip/state` and `/eclip/history`. */
import { z } from 'zod'
import { benchmarkedSchema, goodputsSchema, SERVING_MECHANISMS } from '../../plan/serving-plan.js'

const count = z.number().int().nonnegative()
const amount = z.number().nonnegative()
const share = z.number().min(0).max(1)
const wallClockMs = z.number().nonnegative().describe('ms since 1970')

const latencySchema = z
  .strictObject({ p50: amount, p95: amount, p99: amount })
  .describe('ms, of the requests answered in the window')

const modelStateSchema = z.strictObject({
  name: z.string().min(1),
  readiness: z.enum(['LOADING', 'READY', 'UNLOADING', 'UNAVAILABLE']),
  reason: z.string().describe('why it is not ready; empty if there is nothing to say'),
  priorityClass: z.enum(['low', 'normal', 'high']),
  target: z.strictObject({ ms: z.number().positive(), quantile: share }).optional(),
  totals: z
    .strictObject({
      received: count,
      answered: count,
      refused: count,
      dropped: count,
      failed: count,
      rows: count.describe('samples answered'),
      launches: count,
      energyJ: amount.optional().describe('of the device, by its share of the work'),
    })
    .describe('since the server started, as /metrics has them'),
  waiting: count.describe('requests that wait for a launch'),
  running: count.describe('requests in a launch'),
  receivedPerS: amount,
  answeredPerS: amount,
  latencyMs: latencySchema.optional(),
  attainment: share
    .optional()
    .describe(
      'of the requests that ended in the window, but for those refused for what they are, those answered within the target',
    ),
  meanBatch: amount.optional().describe('samples of a launch'),
  powerW: amount.optional(),
  joulesPerRequest: amount.optional(),
})

const holdingSchema = z
  .strictObject({
    model: z.string().min(1),
    instance: count.describe('counted from 0 in each model'),
    cus: z.number().int().positive().describe('compute units it may use at once'),
    state: z.enum(['idle', 'running', 'lost']),
    batch: count.describe('samples of the launch that runs; 0 if none does'),
  })
  .describe('what one instance holds of the device')

const planStateSchema = z.strictObject({
  mechanism: z.enum(SERVING_MECHANISMS),
  policy: z.string(),
  words: z.array(z.string().min(1)).min(1).describe('the plan in sentences'),
  sinceMs: wallClockMs,
  switches: count.describe('plans put into force since the server started'),
  predicted: goodputsSchema.optional().describe('as the plan says, if it says both'),
  benchmarked: benchmarkedSchema.optional(),
})

const tryableSchema = z
  .strictObject({
    mechanisms: z.array(z.enum(SERVING_MECHANISMS)).min(1).describe('the present one first'),
    models: z.array(
      z.strictObject({
        name: z.string().min(1),
        instances: z.number().int().positive(),
        mostInstances: z.number().int().positive(),
        cus: z.number().int().positive(),
        largestBatch: z.number().int().positive(),
        batches: z.array(z.number().int().positive()).min(1),
        maxDelayMs: amount,
      }),
    ),
  })
  .describe('what another plan may change, with what the present one has')

export const serverStateSchema = z
  .strictObject({
    format: z.literal('eclip.state/1'),
    server: z.strictObject({ name: z.string(), version: z.string() }),
    nowMs: wallClockMs,
    startedMs: wallClockMs,
    readiness: z.enum(['starting', 'ready', 'draining']),
    windowS: z.number().positive().describe('seconds that rates, latencies and attainment cover'),
    device: z.strictObject({
      kind: z.enum(['sim', 'cpu', 'cuda', 'hip']),
      name: z.string(),
      granuleCus: z.array(z.number().int().positive()).describe('compute units of each granule'),
      powerW: amount.optional(),
      energyJ: amount.optional().describe('since the server started'),
    }),
    models: z.array(modelStateSchema),
    holdings: z.array(holdingSchema),
    plan: planStateSchema.optional(),
    tryable: tryableSchema.optional(),
    events: z
      .array(z.strictObject({ atMs: wallClockMs, text: z.string().min(1) }))
      .max(50)
      .describe('what was decided lately and why, the latest first'),
  })
  .describe('A running server, as its dashboard shows it')

export type ServerState = z.infer<typeof serverStateSchema>
export type ObservedModel = ServerState['models'][number]
export type Holding = ServerState['holdings'][number]

/** What the dashboard draws over time: one point for each second of the last minutes, oldest first. */
export const stateHistorySchema = z.strictObject({
  format: z.literal('eclip.state-history/1'),
  points: z
    .array(
      z.strictObject({
        atMs: wallClockMs,
        powerW: amount.optional(),
        models: z.record(
          z.string(),
          z.strictObject({
            receivedPerS: amount,
            answeredPerS: amount,
            waiting: count,
            p95Ms: amount.optional(),
          }),
        ),
      }),
    )
    .max(600),
})

export type StateHistory = z.infer<typeof stateHistorySchema>
