/**
 * Names and numbers as files hold them, each with a limit far beyond what is real. Anything beyond
 * the limit is a mistake, and would take all memory or never end.
 */
import { z } from 'zod'
import { printable } from './printable.js'

/** How many models may share a device; the tool has not been tried with more. */
export const MOST_WORKERS = 16
export const MOST_BATCH = 65_536
/** How many kernels one request may have. */
export const MOST_KERNELS = 65_536
/** How many compute units a device may have. */
export const MOST_CUS = 2048
/** How many granules a device may have: a simulation looks at them one by one. */
export const MOST_GRANULES = 512
/** The highest rate, in requests per second. */
export const MOST_RATE = 1e6
/** One request in eleven days: what is asked less often needs no plan. */
export const LEAST_RATE = 1e-6
/** Instances of one model: more have never paid, and each holds its weights. */
export const MOST_INSTANCES = 8
/** Sets of running launches that one search may simulate: hours of work. */
export const MOST_STATES = 1e6
/** Samples of one launch that serves requests. */
const MOST_SERVED_BATCH = 1024
const MOST_PRIORITIES = 64
/**
 * A quarter of an hour, in µs. Anything said to last longer has a wrong unit or comes from a broken
 * file.
 */
export const LONGEST_US = 1e9
/** A nanosecond is shorter than any clock tick of a GPU. */
const SHORTEST_US = 1e-3
const MOST_WATTS = 1e6
const MOST_BYTES = 2 ** 50

/** A name on one line, which may stand in tables and file names. */
export const name = line(1, 256)

/** A remark on one line, or a name that others gave, such as those of kernels, which are long. */
export const remark = line(0, 65_536)

function line(least: number, most: number): z.ZodString {
  return z
    .string()
    .min(least)
    .max(most)
    .refine((text) => printable(text) === text, 'one line without control characters')
}

/** A path, as a file names another one. */
export const path = z.string().min(1).max(4096)

/** How many there are of something of which there must be at least one. */
export function count(most: number): z.ZodNumber {
  return z.number().int().positive().max(most)
}

/** An index into something that holds at most so many. */
export function index(below: number): z.ZodNumber {
  return z
    .number()
    .int()
    .nonnegative()
    .max(below - 1)
}

export const batch = count(MOST_BATCH)
export const kernels = count(MOST_KERNELS)
export const granule = index(MOST_GRANULES)
export const cus = count(MOST_CUS)
export const priority = index(MOST_PRIORITIES)
export const priorities = count(MOST_PRIORITIES)

/** Granule indices of a partition. */
export const granules = z.array(granule).min(1).max(MOST_GRANULES)

/** A compute-unit count as the key of a table. */
export const cuKey = numericKey(4, 'a CU count')

/** A batch size as the key of a table. */
export const batchKey = numericKey(5, 'a batch size')

function numericKey(digits: number, expected: string): z.ZodString {
  return z.string().regex(new RegExp(`^[1-9]\\d{0,${digits - 1}}$`), expected)
}

/** A time in µs that may be 0. */
export const us = z.number().nonnegative().max(LONGEST_US)

/** How long something takes, in µs. */
export const durationUs = z.number().positive().min(SHORTEST_US).max(LONGEST_US)

/** How long something takes, in ms. */
export const durationMs = z
  .number()
  .positive()
  .min(SHORTEST_US / 1000)
  .max(LONGEST_US / 1000)

/** How long something may wait, in ms. */
export const delayMs = z
  .number()
  .nonnegative()
  .max(LONGEST_US / 1000)

/** A rate in requests per second, above 0. */
export const rate = z.number().positive().min(LEAST_RATE).max(MOST_RATE)

/** The share of a model's requests that must end within their target. */
export const quantile = z.number().min(0.5).max(0.9999)

export const instances = count(MOST_INSTANCES)
export const servedBatch = count(MOST_SERVED_BATCH)

/** A rate in requests per second, which may be 0. */
export const rateOrNone = z.number().nonnegative().max(MOST_RATE)

export const watts = z.number().nonnegative().max(MOST_WATTS)
export const bytes = z.number().nonnegative().max(MOST_BYTES)

/** A factor or share in a model of the hardware, for which 1 is already large. */
export const factor = z.number().nonnegative().max(1000)
