import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'
import { z } from 'zod'
import type { Arrivals, ModelLoad } from './model-load.js'
import type { Measurement } from './run.js'
import { quantileMs, type Tally } from './tally.js'

const count = z.number().int().nonnegative()
const perS = z.number().nonnegative()
const ms = z.number().nonnegative()

const endingsSchema = {
  answered: count,
  refused: count.describe('turned away: HTTP 429, gRPC RESOURCE_EXHAUSTED'),
  dropped: count.describe('given up as late: HTTP 504, gRPC DEADLINE_EXCEEDED'),
  failed: count,
}

const ratePerS = z.number().positive()

const arrivalsSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('poisson'), ratePerS }),
  z.strictObject({
    kind: z.literal('gamma'),
    ratePerS,
    coefficientOfVariation: z.number().nonnegative().describe('of the gaps'),
  }),
  z.strictObject({ kind: z.literal('trace'), ratePerS, file: z.string() }),
  z.strictObject({ kind: z.literal('closed'), concurrency: z.number().int().positive() }),
])

const modelSchema = z.strictObject({
  model: z.string(),
  version: z.string().optional(),
  samples: z.number().int().positive().describe('in one request'),
  arrivals: arrivalsSchema,
  sent: count.describe('requests counted: the sum of answered, refused, dropped and failed'),
  ...endingsSchema,
  reasons: z.record(z.string(), count).describe('of requests that were not answered'),
  sentPerS: perS,
  answeredPerS: perS.describe('answers while requests were sent, per second'),
  latencyMs: z
    .strictObject({ mean: ms, p50: ms, p90: ms, p95: ms, p99: ms, p999: ms, max: ms })
    .optional()
    .describe('of answered requests, from the time when they were due'),
  target: z
    .strictObject({
      ms: z.number().positive(),
      quantile: z.number().describe('share of the requests asked to be in time'),
      attainment: z.number().min(0).max(1).describe('share of the sent requests in time'),
    })
    .optional(),
  histogram: z.string().describe('latencies in µs, HdrHistogram V2, compressed, base64'),
  seconds: z.array(
    z.strictObject({
      sent: count,
      ...endingsSchema,
      latencyMs: z.strictObject({ p50: ms, p95: ms, p99: ms }).optional(),
    }),
  ),
})

export const loadResultSchema = z
  .strictObject({
    format: z.literal('eclip.load/1'),
    url: z.string(),
    seed: z.number().int(),
    warmupS: z.number().nonnegative(),
    measuredS: z.number().nonnegative(),
    interrupted: z.boolean(),
    lagMs: z
      .strictObject({ p50: ms, p99: ms, max: ms })
      .describe('how late requests were handed to a connection: what the sender itself added'),
    models: z.array(modelSchema).min(1),
  })
  .describe('What became of the requests that eclip load sent')

/** What `eclip load` measured. */
export type LoadResult = z.infer<typeof loadResultSchema>
export type ModelResult = LoadResult['models'][number]

/** The parameters of the load, for the record. */
export interface LoadRecord {
  readonly url: string
  readonly seed: number
  readonly warmupS: number
}

export function loadResult(
  record: LoadRecord,
  loads: readonly ModelLoad[],
  { tallies, lag, measuredS, interrupted }: Measurement,
): LoadResult {
  return {
    format: 'eclip.load/1',
    ...record,
    measuredS,
    interrupted,
    lagMs: { p50: quantileMs(lag, 50), p99: quantileMs(lag, 99), max: lag.maxValue / 1000 },
    models: loads.map((load, i) => modelResult(load, tallies[i], measuredS)),
  }
}

function modelResult(load: ModelLoad, tally: Tally, measuredS: number): ModelResult {
  const { model, version, samples, arrivals, targetMs, quantile } = load
  const { sent, endings, reasons, latency, seconds, inTime, answeredInWindow } = tally
  const rateOf = (requests: number): number => (measuredS > 0 ? requests / measuredS : 0)
  return {
    model,
    ...(version !== undefined && { version }),
    samples,
    arrivals: arrivalsRecord(arrivals),
    sent,
    ...endings,
    reasons: Object.fromEntries(reasons),
    sentPerS: rateOf(sent),
    answeredPerS: rateOf(answeredInWindow),
    ...(latency.totalCount > 0 && { latencyMs: latencySummary(latency) }),
    ...(targetMs !== undefined && {
      target: { ms: targetMs, quantile, attainment: sent === 0 ? 0 : inTime / sent },
    }),
    histogram: encodeIntoCompressedBase64(latency),
    seconds,
  }
}

function arrivalsRecord(arrivals: Arrivals): ModelResult['arrivals'] {
  if (arrivals.kind === 'closed') return arrivals
  const { process, ratePerS } = arrivals
  if (process.kind !== 'trace') return { ...process, ratePerS }
  return { kind: 'trace', file: process.file, ratePerS }
}

function latencySummary(latency: Histogram): NonNullable<ModelResult['latencyMs']> {
  return {
    mean: latency.mean / 1000,
    p50: quantileMs(latency, 50),
    p90: quantileMs(latency, 90),
    p95: quantileMs(latency, 95),
    p99: quantileMs(latency, 99),
    p999: quantileMs(latency, 99.9),
    max: latency.maxValue / 1000,
  }
}
