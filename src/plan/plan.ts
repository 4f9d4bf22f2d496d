import { z } from 'zod'
import { fingerprintText } from '../device/granule-layout.js'
import { type Frozen, frozen } from '../frozen.js'
import { sum } from '../numbers.js'
import {
  batch,
  cus,
  factor,
  granules,
  index,
  kernels,
  MOST_KERNELS,
  MOST_WORKERS,
  name,
  priority,
  remark,
} from '../quantities.js'
import { checkIndices } from './indices.js'
import { judgementSchema } from './judgement.js'

/** The most partitions in a pool. */
const MOST_POOLED = 4096

const pooled = z.strictObject({
  granules: granules
    .refine((indices) => indices.every((g, i) => i === 0 || g > indices[i - 1]), {
      message: 'granule indices, ascending and each once',
    })
    .describe('granule indices, ascending'),
  owner: index(MOST_WORKERS).nullable().describe('the only worker that uses it; null if shared'),
  memoryShare: factor
    .positive()
    .max(1)
    .optional()
    .describe('of a hardware instance: its own part of the memory bandwidth and the L2 cache'),
})
const placedAtDispatch = z.strictObject({
  cus: cus.describe('compute units, placed when the kernel is dispatched'),
  overlap: z
    .literal('none')
    .optional()
    .describe('on compute units that no other kernel has, or as many of these as there are'),
})

const share = z.strictObject({
  cus: cus.describe('compute units that the worker may use at a time, wherever they are free'),
  owner: index(MOST_WORKERS).describe('the worker, a process of its own'),
})

const groupSchema = z.strictObject({
  kernels: kernels.describe('consecutive kernels'),
  partition: index(MOST_POOLED).describe('index into pool'),
  priority: priority.default(0).describe('0 lowest'),
})

const workerPlanSchema = z.strictObject({
  name,
  model: name,
  batch,
  groups: z
    .array(groupSchema)
    .min(1)
    .max(MOST_KERNELS)
    .describe('in execution order; together every kernel once'),
})

/**
 * How a plan is carried out. A worker either changes partition, by a pooled stream and a barrier, by
 * a mask call on its live queue (an ioctl), or by the command processor as KRISP proposes; or it
 * never does: under MPS it is a process with a share of the device, and under MIG a process in a
 * hardware instance that has its own memory.
 */
export const MECHANISMS = ['pooled', 'mask-call', 'hardware', 'mps', 'mig'] as const

const evidenceSchema = z.strictObject({
  policy: name,
  parameters: z.record(name, z.unknown()).default({}),
  predicted: z.record(name, z.number()).optional().describe('metrics from the simulator'),
  solver: z
    .strictObject({
      method: remark,
      status: z.enum(['optimal', 'feasible', 'heuristic']),
      objective: z.number(),
      bound: z.number().nullable().describe('proven lower bound of the objective'),
      gap: z.number().nonnegative().nullable().describe('(objective - bound) / objective'),
    })
    .optional(),
  judgement: judgementSchema
    .optional()
    .describe('what simulation with several seeds says of loads and targets'),
  switchesPerRequest: z
    .array(index(MOST_KERNELS))
    .max(MOST_WORKERS)
    .describe('changes of partition, by worker'),
})

export const planSchema = z
  .strictObject({
    format: z.literal('eclip.plan/1'),
    device: z.strictObject({ name, fingerprint: fingerprintText }),
    mechanism: z.enum(MECHANISMS),
    pool: z
      .array(z.union([pooled, placedAtDispatch, share]))
      .min(1)
      .max(MOST_POOLED),
    workers: z.array(workerPlanSchema).min(1).max(MOST_WORKERS),
    evidence: evidenceSchema,
  })
  .check(checkIndices)
  .transform(frozen)
  .describe("Which partition each kernel of each worker runs on: ECLIP's lookup table")

/**
 * Which partition and priority each kernel of each worker gets. The data is frozen, both when
 * `buildPlan` makes it and when it is read from a file.
 */
export type Plan = z.infer<typeof planSchema>
export type PooledPartition = Frozen<z.infer<typeof pooled>>
export type PlacedPartition = Frozen<z.infer<typeof placedAtDispatch>>
export type Share = Frozen<z.infer<typeof share>>
export type PoolEntry = Plan['pool'][number]
export type KernelGroup = Frozen<z.infer<typeof groupSchema>>
export type WorkerPlan = Plan['workers'][number]
export type Evidence = Plan['evidence']
export type SolverEvidence = NonNullable<Evidence['solver']>

/** Whether each worker is a separate process, which keeps the partition it was started with. */
export function needsProcesses({ mechanism }: Pick<Plan, 'mechanism'>): boolean {
  return mechanism === 'mps' || mechanism === 'mig'
}

export function isPooled(entry: PoolEntry): entry is PooledPartition {
  return 'granules' in entry
}

/** Whether a pool entry is a hardware instance, which has its own memory bandwidth. */
export function isInstance(entry: PoolEntry): entry is PooledPartition {
  return isPooled(entry) && entry.memoryShare !== undefined
}

export function isShare(entry: PoolEntry): entry is Share {
  return 'cus' in entry && 'owner' in entry
}

/** The only worker that may use a pool entry; null if any worker may. */
export function ownerOf(entry: PoolEntry): number | null {
  return 'owner' in entry ? entry.owner : null
}

export function isPlaced(entry: PoolEntry): entry is PlacedPartition {
  return 'cus' in entry && !('owner' in entry)
}

/** Number of kernels in a worker's request, counted over its groups. */
export function kernelCount(worker: WorkerPlan): number {
  return sum(worker.groups.map(({ kernels }) => kernels))
}

/**
 * Number of switches, that is, changes of partition between consecutive kernels of one request. The
 * return to the first group's partition does not count. If masks are set by calls, there is a call
 * before every kernel even if the mask stays the same; such calls do not count as switches.
 */
export function switchesPerRequest(worker: WorkerPlan): number {
  return worker.groups.filter((g, i) => i > 0 && g.partition !== worker.groups[i - 1].partition)
    .length
}
