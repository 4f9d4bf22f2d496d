import { kernelUs, measuredKernelCus } from '../../profile/duration.js'
import { gridBlocks, type Kernel } from '../../profile/profile.js'

/**
 * Least CU-time a kernel needs on any measured partition, in CU·µs: its work at full throughput.
 * @param idleUs what is left out of its time
 */
export function leastCuTime(kernel: Kernel, idleUs = 0): number {
  const blocks = gridBlocks(kernel)
  const cuTimes = measuredKernelCus(kernel).map(
    (cus) => Math.min(cus, blocks) * Math.max(0, kernelUs(kernel, cus) - idleUs),
  )
  return Math.min(...cuTimes)
}
