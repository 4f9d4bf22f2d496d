import { z } from 'zod'
import { recipeSchema } from './recipe.js'

const extent = z.tuple([
  z.number().int().positive(),
  z.number().int().positive(),
  z.number().int().positive(),
])
const cuCount = z.string().regex(/^[1-9]\d*$/, 'a CU count')
const overheadUs = z.record(cuCount, z.number().nonnegative())
/** A quarter of an hour: what claims to last longer has a wrong unit or comes from a broken file. */
const LONGEST_US = 1e9
const durationsUs = z
  .record(cuCount, z.number().positive().max(LONGEST_US))
  .refine((byCus) => Object.keys(byCus).length > 0, 'at least one measured duration')

const kernelSchema = z.strictObject({
  name: z.string(),
  grid: extent.describe('thread blocks'),
  block: extent.describe('threads of a block'),
  registers: z.number().int().nonnegative().describe('per thread'),
  sharedMemoryBytes: z.number().int().nonnegative().describe('per block, static and dynamic'),
  clusterBlocks: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('blocks of a thread-block cluster, which run side by side; absent: 1'),
  durationUs: durationsUs.describe('alone on the device, by number of compute units'),
  dramBytes: z.number().nonnegative().optional().describe('moved to and from device memory'),
  memsetsBefore: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('memset nodes of the graph just before the kernel'),
  memsetUs: overheadUs
    .optional()
    .describe('what memset and copy nodes add before the kernel, by number of compute units'),
  l2Bytes: z.number().nonnegative().optional().describe('moved to and from the L2 cache'),
})

const parallelSchema = z
  .strictObject({
    first: z.number().int().nonnegative().describe('index of the first kernel'),
    count: z.number().int().positive().describe('kernels in all'),
    chain: z.number().int().positive().describe('consecutive kernels that follow one another'),
    lanes: z.number().int().min(2).describe('the chains are dealt to this many lanes in turn'),
  })
  .refine(({ count, chain }) => count % chain === 0, 'a count of whole chains')

export const profileSchema = z
  .strictObject({
    format: z.literal('eclip.profile/1'),
    model: z.string().min(1),
    batch: z.number().int().positive(),
    device: z.string().min(1),
    source: z.enum(['measured', 'synthesized', 'imported']),
    description: z.string().optional(),
    dtype: z.string().optional(),
    input: z.string().optional(),
    recipe: recipeSchema.optional(),
    date: z.iso.datetime().optional().describe('when it was measured'),
    software: z.record(z.string(), z.string()).optional().describe('versions: driver, framework'),
    latencyUs: durationsUs
      .optional()
      .describe('the whole request alone on the device, by number of compute units'),
    mpsLatencyUs: durationsUs
      .optional()
      .describe('the whole request alone as a process of MPS, by the share in compute units'),
    gapUs: overheadUs
      .optional()
      .describe('between a kernel and those it waits for, alone: what latencyUs leaves for each'),
    powerW: z
      .number()
      .positive()
      .optional()
      .describe('of the device, requests following one another alone on all of it'),
    parallel: z
      .array(parallelSchema)
      .optional()
      .describe('stretches of kernels that run side by side; all others follow one another'),
    kernels: z.array(kernelSchema).min(1).describe('in execution order'),
  })
  .describe('How long each kernel of one model at one batch size takes on n compute units')

/** One kernel of a request: its shape and its solo duration in µs by number of CUs. */
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
