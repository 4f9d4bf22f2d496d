import { z } from 'zod'
import { type Frozen, frozen } from '../frozen.js'
import { judgementSchema } from './judgement.js'

const index = z.number().int().nonnegative()

const pooled = z.strictObject({
  granules: z
    .array(index)
    .min(1)
    .refine((granules) => granules.every((g, i) => i === 0 || g > granules[i - 1]), {
      message: 'granule indices, ascending and each once',
    })
    .describe('granule indices, ascending'),
  owner: index.nullable().describe('the only worker that uses it; null if shared'),
})
const placedAtDispatch = z.strictObject({
  cus: z.number().int().positive().describe('compute units, placed when the kernel is dispatched'),
})

const groupSchema = z.strictObject({
  kernels: z.number().int().positive().describe('consecutive kernels'),
  partition: index.describe('index into pool'),
  priority: index.default(0).describe('0 lowest'),
})

const workerPlanSchema = z.strictObject({
  name: z.string().min(1),
  model: z.string().min(1),
  batch: z.number().int().positive(),
  groups: z.array(groupSchema).min(1).describe('in execution order; together every kernel once'),
})

/** How a change of partition is paid for: by a pooled stream and a barrier, by a mask call on the
 *  live queue (ioctl), or by the command processor as KRISP proposes. */
export const MECHANISMS = ['pooled', 'mask-call', 'hardware'] as const

const evidenceSchema = z.strictObject({
  policy: z.string().min(1),
  parameters: z.record(z.string(), z.unknown()).default({}),
  predicted: z.record(z.string(), z.number()).optional().describe('metrics from the simulator'),
  solver: z
    .strictObject({
      method: z.string(),
      status: z.enum(['optimal', 'feasible', 'heuristic']),
      objective: z.number(),
      bound: z.number().nullable().describe('proven lower bound of the objective'),
      gap: z.number().nonnegative().nullable().describe('(objective - bound) / objective'),
      milliseconds: z
        .number()
        .nonnegative()
        .optional()
        .describe('no longer written: plans are the same bytes for the same input'),
    })
    .optional(),
  judgement: judgementSchema
    .optional()
    .describe('what simulation with several seeds says of loads and targets'),
  switchesPerRequest: z.array(index).describe('changes of partition, by worker'),
})

export const planSchema = z
  .strictObject({
    format: z.literal('eclip.plan/1'),
    device: z.strictObject({ name: z.string().min(1), fingerprint: z.string().min(1) }),
    mechanism: z.enum(MECHANISMS),
    pool: z.array(z.union([pooled, placedAtDispatch])).min(1),
    workers: z.array(workerPlanSchema).min(1),
    evidence: evidenceSchema,
  })
  .describe("Which partition each kernel of each worker runs on: ECLIP's lookup table")
  .transform(frozen)

/**
 * Which partition and priority each kernel of each worker gets. Frozen data: `buildPlan` makes it,
 * and reading a plan file freezes it as well.
 */
export type Plan = z.infer<typeof planSchema>
export type PooledPartition = Frozen<z.infer<typeof pooled>>
export type PlacedPartition = Frozen<z.infer<typeof placedAtDispatch>>
export type PoolEntry = Plan['pool'][number]
export type KernelGroup = Frozen<z.infer<typeof groupSchema>>
export type WorkerPlan = Plan['workers'][number]
export type Evidence = Plan['evidence']
export type SolverEvidence = NonNullable<Evidence['solver']>

export function isPooled(entry: PoolEntry): entry is PooledPartition {
  return 'granules' in entry
}

/** Kernels of a worker's request, as its groups count them. */
export function kernelCount(worker: WorkerPlan): number {
  return worker.groups.reduce((total, group) => total + group.kernels, 0)
}

/**
 * Switches: changes of partition between consecutive kernels of one request; the return to the first
 * group's partition is not counted. Where masks are set by calls, a call comes before every kernel,
 * also where the mask stays the same: such calls are no switches.
 */
export function switchesPerRequest(worker: WorkerPlan): number {
  return worker.groups.filter((g, i) => i > 0 && g.partition !== worker.groups[i - 1].partition)
    .length
}
