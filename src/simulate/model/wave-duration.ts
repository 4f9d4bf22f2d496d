import { kernelUs, measuredKernelCus, shareBetween } from '../../profile/duration.js'
import type { Kernel } from '../../profile/profile.js'

/**
 * Solo duration of a kernel on `cus` compute units, in µs. Between measured counts, the time of one
 * wave is interpolated, linearly in 1/cus. The time of the kernel itself moves in steps: 120 blocks
 * take three waves on 48 and on 56 compute units, but two on 64.
 * @param blocksPerCu blocks that fit on one compute unit
 */
export function waveDurationUs(
  kernel: Kernel,
  blocks: number,
  blocksPerCu: number,
  cus: number,
): number {
  const measured = measuredKernelCus(kernel)
  const above = measured.findIndex((count) => count >= cus)
  if (above <= 0 || measured[above] === cus) return kernelUs(kernel, cus)
  const wavesOn = (count: number): number => Math.ceil(blocks / (count * blocksPerCu))
  const [low, high] = [measured[above - 1], measured[above]]
  const share = shareBetween(low, high, cus)
  const lowUs = kernelUs(kernel, low) / wavesOn(low)
  const highUs = kernelUs(kernel, high) / wavesOn(high)
  return (lowUs + (highUs - lowUs) * share) * wavesOn(cus)
}
