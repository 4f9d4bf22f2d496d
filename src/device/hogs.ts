import { z } from 'zod'
import { cus, factor } from '../quantities.js'

/**
 * A hog asks for one resource without end, to show how others bear it: `stream` for memory
 * bandwidth, `cache` for bandwidth of the last-level cache, `products` for the matrix units.
 */
export const HOGS = ['stream', 'cache', 'products'] as const
export type Hog = (typeof HOGS)[number]

const slowdown = factor.min(0.01)

/** One number for each hog: the factor by which something is slowed down beside it, or slows it down. */
export const byHogSchema = z.strictObject({
  stream: slowdown.describe('copies in the memory of the device'),
  cache: slowdown.describe('copies inside the last-level cache'),
  products: slowdown.describe('products of matrices'),
})
export type ByHog = Readonly<z.infer<typeof byHogSchema>>

/** Hogs that slow each other down by less than this are not a scale for anything. */
export const LEAST_PRESSURE = 1.1

/** How hogs on disjoint compute units slow each other down, which is the scale on which models are measured. */
export const hogsSchema = z.strictObject({
  cus: cus.describe('compute units of the hog that is told by the inner key'),
  hogCus: cus.describe('compute units of the hog that is told by the outer key'),
  pressure: z
    .strictObject({
      stream: byHogSchema.extend({ stream: slowdown.min(LEAST_PRESSURE) }),
      cache: byHogSchema,
      products: byHogSchema,
    })
    .describe('time of the outer hog beside the inner one, relative to its time alone'),
})
export type Hogs = Readonly<z.infer<typeof hogsSchema>>
