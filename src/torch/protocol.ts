import { z } from 'zod'
import type { GroupOnGranules } from '../plan/groups-on-granules.js'
import { profileSchema } from '../profile/profile.js'
import type { ModelRequest } from './model-request.js'

/** Version of docs/protocol.md that this client speaks. */
export const PROTOCOL = 3

const count = z.number().int().nonnegative()
const milliseconds = z.number().nonnegative()

/** The schemas of answers ignore keys that a later worker may add. */
export const readySchema = z.object({ ready: z.literal(true), protocol: count, pid: count })

const errorSchema = z.object({ code: z.string(), message: z.string() })

/** The fields of every answer, whatever was asked. `id` is null if the answer concerns the connection as a whole. */
export interface Answer {
  readonly id: number | null
  readonly ok: boolean
  readonly error?: z.infer<typeof errorSchema>
}

/** Checked without a schema, which would take a mostly idle process 50 µs for every request. */
export function isAnswer(message: object): message is Answer {
  const { id, ok, error } = message as Partial<Record<keyof Answer, unknown>>
  return (
    (id === null || Number.isInteger(id)) &&
    typeof ok === 'boolean' &&
    (error === undefined || errorSchema.safeParse(error).success)
  )
}

export const helloSchema = z.object({
  worker: z.string(),
  pid: count,
  versions: z.record(z.string(), z.string()),
  device: z.object({
    kind: z.enum(['cuda', 'rocm', 'cpu']),
    name: z.string(),
    cus: count,
    granules: z.array(count),
    priorityLevels: count,
    uuid: z.string().optional(),
  }),
  features: z.object({
    graphs: z.boolean(),
    partitions: z.boolean(),
    segments: z.boolean(),
    energy: z.boolean(),
  }),
  /** Whether it may open files that this process has open. */
  files: z.boolean().optional(),
  limits: z.object({ frameBytes: count, tensorBytes: count }),
})

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(count),
  offset: count,
  bytes: count,
})

const slotSchema = z.object({
  shm: z.string().regex(/^eclip-\d+-\d+$/),
  bytes: count,
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
})

const loadedBatchSchema = z.object({
  batch: count,
  mode: z.enum(['graph', 'eager']),
  reason: z.string().optional(),
  kernels: count,
  slots: z.array(slotSchema),
})

export const loadedSchema = z.object({
  worker: z.string(),
  /** Memory of the device that the model takes. */
  memoryBytes: z.number().int().nonnegative().optional(),
  batches: z.array(loadedBatchSchema),
})

export const inferredSchema = z.object({
  queueMs: milliseconds,
  /** Time to read inputs from files. */
  inputMs: milliseconds,
  computeMs: milliseconds,
  /** Time to write outputs to files. */
  outputMs: milliseconds,
  /** Those of the request's `files` that were too short, or for which there was no room. */
  missed: z.array(count).default([]),
})

export const plannedSchema = z.object({
  workers: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ switches: count, partitions: count, preparedMs: milliseconds }).nullable(),
    ),
  ),
})

export const profiledSchema = z.object({
  profile: profileSchema,
  after: z.array(z.array(count)).optional(),
})

const ranWorkerSchema = z.object({
  worker: z.string(),
  batch: count,
  requests: count,
  rps: z.number().nonnegative(),
  p50Ms: milliseconds.nullable(),
  p95Ms: milliseconds.nullable(),
  p99Ms: milliseconds.nullable(),
  latenciesMs: z.array(milliseconds).optional(),
})

export const ranSchema = z.object({
  seconds: z.number().positive(),
  workers: z.array(ranWorkerSchema),
  energy: z
    .object({ seconds: z.number().positive(), energyJ: z.number(), powerW: z.number() })
    .nullable(),
})

export const nothingSchema = z.object({})

/** The properties and abilities of the worker process. */
export type Hello = z.infer<typeof helloSchema>
/** A tensor's place in a slot's shared memory. */
export type TensorPlace = z.infer<typeof tensorSchema>
/** Shared memory for the inputs and outputs of one request at a time. */
export type Slot = z.infer<typeof slotSchema>
export type Loaded = z.infer<typeof loadedSchema>
export type Inferred = z.infer<typeof inferredSchema>
export type Planned = z.infer<typeof plannedSchema>
export type Profiled = z.infer<typeof profiledSchema>
export type Ran = z.infer<typeof ranSchema>
export type RanWorker = z.infer<typeof ranWorkerSchema>

/** A model to load under a worker's name. */
export interface LoadRequest extends ModelRequest {
  readonly worker: string
  readonly batches: readonly number[]
  readonly slots?: number
  /** Priority levels at which the model can be launched; 1 if absent. */
  readonly levels?: number
}

export interface InferRequest {
  readonly worker: string
  readonly batch: number
  readonly slot: number
  /** How many rows of the batch are valid. If absent, all are. */
  readonly count?: number
  /** Priority of the launch: 0 is the lowest, and it is below the model's `levels`. */
  readonly level?: number
  /** Whether tensors travel through the slot. If not, the inputs of the previous request are used again. */
  readonly tensors?: boolean
  /** Inputs and outputs that are in files instead of the slot. */
  readonly files?: readonly FilePart[]
}

/** A part of a file that this process has open, and the part of a tensor that is read from it or written to it. */
export interface FilePart {
  /** The file's descriptor. */
  readonly file: number
  readonly position: number
  /** Index of the input. If absent, the part is of an output. */
  readonly input?: number
  readonly output?: number
  /** Position of the part in the tensor, in bytes. */
  readonly offset: number
  readonly bytes: number
}

/**
 * How graphs carry out a plan: as one graph whose kernels are moved to their partitions, or as a
 * graph for each stretch of kernels on one partition, on masked streams with an event at each switch.
 */
export const GRAPH_MODES = ['rehome', 'segments'] as const
export type GraphMode = (typeof GRAPH_MODES)[number]
/**
 * How a plan is carried out kernel by kernel, each launched by the host: on masked streams made in
 * advance, or on a stream that is made just before the kernel and destroyed after it.
 */
export type KernelMode = 'launches' | 'remask'
export type PlanMode = GraphMode | KernelMode

/** The kernel groups by worker and batch size; null stands for the whole device. */
export type PlanRequest = Readonly<
  Record<string, Readonly<Record<string, readonly GroupOnGranules[] | null>>>
>

export type LoadKind =
  | { readonly kind: 'closed' }
  | { readonly kind: 'poisson'; readonly rate: number; readonly seed: number }

export interface RunRequest {
  readonly seconds: number
  readonly warmSeconds: number
  readonly workers: readonly {
    readonly worker: string
    readonly batch: number
    readonly load: LoadKind
  }[]
}
