import { z } from 'zod'
import { byHogSchema } from '../device/hogs.js'
import { cus } from '../quantities.js'

/**
 * How a model and hogs on other compute units slow each other down, measured while they run side by
 * side (Bubble-Up: Mars et al., MICRO 2011).
 */
export const interferenceSchema = z.strictObject({
  cus: cus.describe('compute units of the model'),
  hogCus: cus.describe('compute units of the hog, none of them of the model'),
  sensitivity: byHogSchema.describe(
    'time of a request beside each hog, relative to its time alone on as many compute units',
  ),
  pressure: byHogSchema.describe(
    "each hog's time beside the model, relative to its time alone on as many compute units",
  ),
})

export type Interference = Readonly<z.infer<typeof interferenceSchema>>
