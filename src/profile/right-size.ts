import { kernelUs, requestUs } from './duration.js'
import type { Kernel, Profile } from './profile.js'

/**
 * How much slower than its best time a right-sized kernel may be: 5%, plus about half a tick of the
 * profiler's clock, below which two times cannot be told apart.
 */
export const RIGHT_SIZE_TOLERANCE = { relative: 0.05, absoluteUs: 0.3 } as const

export type Tolerance = { readonly relative: number; readonly absoluteUs: number }

/**
 * The right-size of a kernel: the smallest of the offered CU counts (ascending) at which it stays
 * within the tolerance of its best time over them (ECLIP section 3, KRISP's required CUs).
 */
export function rightSize(
  kernel: Kernel,
  offered: readonly number[],
  tolerance: Tolerance = RIGHT_SIZE_TOLERANCE,
): number {
  return fewest(offered, (cus) => kernelUs(kernel, cus), tolerance)
}

/** The right-size of a whole model, judged by the latency of its request. */
export function modelRightSize(
  profile: Profile,
  offered: readonly number[],
  tolerance: Tolerance = RIGHT_SIZE_TOLERANCE,
): number {
  return fewest(offered, (cus) => requestUs(profile, cus), tolerance)
}

function fewest(
  offered: readonly number[],
  timeUs: (cus: number) => number,
  tolerance: Tolerance,
): number {
  const bestUs = Math.min(...offered.map(timeUs))
  const limitUs = bestUs * (1 + tolerance.relative) + tolerance.absoluteUs
  return offered.find((cus) => timeUs(cus) <= limitUs)!
}
