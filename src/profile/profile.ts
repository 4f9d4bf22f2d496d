import { z } from 'zod'
import {
  batch,
  bytes,
  count,
  cuKey,
  durationUs,
  index,
  kernels,
  MOST_KERNELS,
  name,
  remark,
  us,
  watts,
} from '../quantities.js'
import { interferenceSchema } from './interference.js'
import { recipeSchema } from './recipe.js'

/** Blocks or threads along one dimension, with the limit that CUDA sets for a grid. */
const extent = count(2 ** 31 - 1)
const extents = z.tuple([extent, extent, extent])
/** The most parallel stretches in a request, and the most lanes side by side. */
const MOST_STRETCHES = 1024
const MOST_LANES = 256
const overheadUs = z.record(cuKey, us)
const durationsUs = z
  .record(cuKey, durationUs)
  .refine((byCus) => Object.keys(byCus).length > 0, 'at least one measured duration')

/** How a kernel is launched. Traces record this too. */
export const launchSchema = z.strictObject({
  grid: extents.describe('thread blocks'),
  block: extents.describe('threads of a block'),
  registers: index(65_536).describe('per thread'),
  sharedMemoryBytes: index(2 ** 30).describe('per block, static and dynamic'),
})

const kernelSchema = z.strictObject({
  name: remark,
  ...launchSchema.shape,
  clusterBlocks: count(1024)
    .optional()
    .describe('blocks of a thread-block cluster, which run side by side; absent: 1'),
  durationUs: durationsUs.describe('alone on the device, by number of compute units'),
  dramBytes: bytes.optional().describe('moved to and from device memory'),
  memsetsBefore: index(MOST_KERNELS)
    .optional()
    .describe('memset nodes of the graph just before the kernel'),
  memsetUs: overheadUs
    .optional()
    .describe('what memset and copy nodes add before the kernel, by number of compute units'),
  l2Bytes: bytes.optional().describe('moved to and from the L2 cache'),
})

const parallelSchema = z
  .strictObject({
    first: index(MOST_KERNELS).describe('index of the first kernel'),
    count: kernels.describe('kernels in all'),
    chain: kernels.describe('consecutive kernels that follow one another'),
    lanes: count(MOST_LANES).min(2).describe('the chains are dealt to this many lanes in turn'),
  })
  .refine(({ count, chain }) => count % chain === 0, 'a count of whole chains')

export const profileSchema = z
  .strictObject({
    format: z.literal('eclip.profile/1'),
    model: name,
    batch,
    device: name,
    source: z.enum(['measured', 'synthesized', 'imported']),
    description: z.string().optional(),
    dtype: name.optional(),
    input: remark.optional(),
    recipe: recipeSchema.optional(),
    date: z.iso.datetime().optional().describe('when it was measured'),
    software: z.record(remark, remark).optional().describe('versions: driver, framework'),
    latencyUs: durationsUs
      .optional()
      .describe('the whole request alone on the device, by number of compute units'),
    mpsLatencyUs: durationsUs
      .optional()
      .describe(
        'the whole request alone as a process of MPS that is told of its share alone, by the share in compute units',
      ),
    toldLatencyUs: durationsUs
      .optional()
      .describe(
        'the same of a process that is told of the whole device, as eclip starts them; absent: as on a partition',
      ),
    dispatchUs: us
      .optional()
      .describe(
        'from the decision to launch a request to its start, and from its end to the answer, of a process of its own under MPS; absent: as the device says',
      ),
    gapUs: overheadUs
      .optional()
      .describe('between a kernel and those it waits for, alone: what latencyUs leaves for each'),
    powerW: watts
      .positive()
      .optional()
      .describe('of the device, requests following one another alone on all of it'),
    interference: interferenceSchema
      .optional()
      .describe('beside hogs on other compute units; absent: guessed from how kernels scale'),
    parallel: z
      .array(parallelSchema)
      .max(MOST_STRETCHES)
      .optional()
      .describe('stretches of kernels that run side by side; all others follow one another'),
    kernels: z.array(kernelSchema).min(1).max(MOST_KERNELS).describe('in execution order'),
  })
  .refine(({ kernels, parallel = [] }) => isInOrder(parallel, kernels.length), {
    path: ['parallel'],
    error: 'stretches in order that neither overlap nor go past the last kernel',
  })
  .describe('How long each kernel of one model at one batch size takes on n compute units')

interface Stretch {
  readonly first: number
  readonly count: number
}

function isInOrder(stretches: readonly Stretch[], kernelCount: number): boolean {
  const starts = [...stretches.slice(1).map(({ first }) => first), kernelCount]
  return stretches.every(({ first, count }, i) => first + count <= starts[i])
}

/** One kernel of a request: its shape, and its solo duration in µs by number of CUs. */
export type Kernel = z.infer<typeof kernelSchema>

/** The kernels of one model at one batch size, in execution order. */
export type Profile = z.infer<typeof profileSchema>

/** Thread blocks of a launch. */
export function gridBlocks(kernel: Kernel): number {
  return kernel.grid[0] * kernel.grid[1] * kernel.grid[2]
}

/** Threads of one block. */
export function blockThreads(kernel: Kernel): number {
  return kernel.block[0] * kernel.block[1] * kernel.block[2]
}
