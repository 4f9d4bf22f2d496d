import { z } from 'zod'
import type { Device } from '../../device/device.js'
import { describe, InputError } from '../../errors.js'
import { us } from '../../quantities.js'
import { problemOf } from '../../schema-problem.js'
import { launchSchema } from '../profile.js'

/** A time past the year 2200. */
const LATEST_US = 1e16

/** A kernel as another tool recorded it. */
export interface TracedKernel {
  readonly name: string
  /** Thread blocks. */
  readonly grid: readonly [number, number, number]
  /** Threads of a block. */
  readonly block: readonly [number, number, number]
  /** Per thread. */
  readonly registers: number
  /** Per block, static and dynamic. */
  readonly sharedMemoryBytes: number
  /** Relative to an arbitrary start, which is the same for all kernels of a trace. */
  readonly startUs: number
  readonly durationUs: number
  /** Which GPU it ran on, as the tool numbers them. */
  readonly gpu: number
}

/** What a trace says about a GPU. */
export interface TracedGpu {
  /** As the driver prints it. */
  readonly name?: string | undefined
  /** Compute units. */
  readonly cus?: number | undefined
}

/** Kernels of a program's run. */
export interface Trace {
  /** Whose GPUs alone the tool records; absent for one that records any. */
  readonly vendor?: Device['vendor']
  /** The tool that recorded it. */
  readonly tool: string
  /** In the order of their starts. */
  readonly kernels: readonly TracedKernel[]
  readonly gpus: ReadonlyMap<number, TracedGpu>
}

const gpu = z.number().int().nonnegative()
/** Clocks count from the boot of the machine or from 1970. */
const startUs = z.number().min(-LATEST_US).max(LATEST_US)

/** Every importer's kernels are checked against this before they are trusted, because a file may contain anything. */
const tracedKernelSchema = z.object({
  name: z.string().min(1),
  ...launchSchema.shape,
  startUs,
  durationUs: us,
  gpu,
})

/**
 * Kernels that the driver runs for large memset and copy nodes. The program did not launch them
 * itself.
 */
const DRIVER_KERNELS = /^(memset|memcpy)/i

/**
 * Reads numbers from the named cells of a row of a table, of which an absent or empty one is none.
 * @param path where the row is, for errors
 * @throws InputError for a cell that holds anything else
 */
export function numbersOf(
  cells: Readonly<Record<string, unknown>>,
  file: string,
  path: string,
): (column: string, ifNone?: number) => number {
  return (column, ifNone = Number.NaN) => {
    const cell = cells[column] ?? ''
    const number = cell === '' ? ifNone : Number(cell)
    if (!Number.isNaN(number)) return number
    const found = cell === '' ? 'nothing' : describe(cell)
    throw new InputError({ file, path, expected: `a number as ${column}`, found })
  }
}

/**
 * A trace with the kernels that a tool recorded, in the order of their starts.
 * @param read the kernels, each with the place it was read from, for errors
 * @throws InputError for a kernel that is impossible, or if there are none
 */
export function traceOf(
  tool: string,
  read: readonly { readonly place: string; readonly kernel: unknown }[],
  gpus: Trace['gpus'],
  file: string,
): Trace {
  const kernels = read.map(({ place, kernel }) => {
    const parsed = tracedKernelSchema.safeParse(kernel)
    if (parsed.success) return parsed.data
    const { path, expected, found } = problemOf(parsed.error.issues[0], kernel, tracedKernelSchema)
    throw new InputError({
      file,
      path: place,
      expected: `${expected} as the kernel's ${path}`,
      found,
    })
  })
  const own = kernels.filter(({ name }) => !DRIVER_KERNELS.test(name))
  if (own.length === 0) {
    throw new InputError({ file, expected: `kernels in a trace of ${tool}`, found: 'none' })
  }
  return { tool, kernels: own.sort((a, b) => a.startUs - b.startUs), gpus }
}
