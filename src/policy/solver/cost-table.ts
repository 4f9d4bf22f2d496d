import { kernelUs } from '../../profile/duration.js'
import type { Profile } from '../../profile/profile.js'

/** What one worker's kernels cost on each stream it may use. */
export interface CostTable {
  readonly kernels: number
  readonly streams: number
  /** Solo duration in µs, at [kernel * streams + stream]. */
  readonly us: Float64Array
  /** Compute units of each stream. */
  readonly cus: Float64Array
}

/** The cost table of a profile over streams of the given CU counts (at most 255 streams). */
export function costTable(profile: Profile, cus: readonly number[]): CostTable {
  const streams = cus.length
  const kernels = profile.kernels.length
  const us = new Float64Array(kernels * streams)
  profile.kernels.forEach((kernel, k) => {
    for (let s = 0; s < streams; s++) us[k * streams + s] = kernelUs(kernel, cus[s])
  })
  return { kernels, streams, us, cus: Float64Array.from(cus) }
}
