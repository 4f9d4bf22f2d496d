import type { Device } from '../../device/device.js'
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

/**
 * What a block of a kernel asks of its compute unit, as a share of what that can do. A compute unit does no work during
 * the time that even the shortest kernels take.
 * @param waveUs time of one wave of its blocks
 * @param scale how many times as long as measured the kernel takes
 */
export function blockLoad({ costs }: Device, kernel: Kernel, waveUs: number, scale = 1): number {
  return (leastCuTime(kernel, costs.shortestKernelUs) * scale) / gridBlocks(kernel) / waveUs
}
