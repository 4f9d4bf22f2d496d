import { mean } from '../numbers.js'
import { measuredCus, totalUs } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'

/** A synthesized profile compared with the recorded one for the same model, batch and device. */
export interface SynthesisError {
  readonly model: string
  readonly batch: number
  readonly kernels: { readonly synthesized: number; readonly recorded: number }
  /** The sum of kernel durations, synthesized over recorded minus 1, by CU count. */
  readonly byCus: readonly { readonly cus: number; readonly error: number }[]
  readonly meanAbsolute: number
}

/** The error of the total kernel time at each CU count that was recorded. */
export function synthesisError(synthesized: Profile, recorded: Profile): SynthesisError {
  const byCus = measuredCus(recorded).map((cus) => ({
    cus,
    error: totalUs(synthesized, cus) / totalUs(recorded, cus) - 1,
  }))
  return {
    model: recorded.model,
    batch: recorded.batch,
    kernels: { synthesized: synthesized.kernels.length, recorded: recorded.kernels.length },
    byCus,
    meanAbsolute: mean(byCus.map(({ error }) => Math.abs(error))),
  }
}
