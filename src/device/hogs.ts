import { z } from 'zod'
import { cus, factor } from '../quantities.js'

/**
 * Hogs ask for one thing without end, to see how others bear it: `stream` for the bandwidth of the
 * memory, `cache` for that of the last-level cache, `products` for the matrix units.
 */
export const HOGS = ['stream', 'cache', 'products'] as const
export type Hog = (typeof HOGS)[number]

const slowdown = factor.min(0.01)

/** One number for each hog: how many times as long something takes beside it, or it beside something. */
export const byHogSchema = z.strictObject({
  stream: slowdown.describe('copies in the memory of the device'),
  cache: slowdown.describe('copies inside the last-level cache'),
  products: slowdown.describe('products of matrices'),
})
export type ByHog = Readonly<z.infer<typeof byHogSchema>>

/** Hogs that slow each other by less are no scale for anything. */
export const LEAST_PRESSURE = 1.1

/** How hogs on disjoint compute units slow each other down: the scale on which models are measured. */
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
