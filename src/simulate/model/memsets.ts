import type { Device } from '../../device/device.js'
import { lookUp } from '../../profile/duration.js'
import type { Kernel } from '../../profile/profile.js'

/**
 * Time in µs of the memset nodes before a kernel, if they run where the kernel runs: as measured,
 * or as long as that many of the shortest kernels take.
 */
export function memsetUs(device: Device, kernel: Kernel, cus: number): number {
  if (kernel.memsetUs) return lookUp(kernel.memsetUs, cus).us
  return (kernel.memsetsBefore ?? 0) * (device.costs.shortestKernelUs ?? 0)
}

/**
 * Time in µs of the same nodes in the profile's `latencyUs`: profiles that do not tell it were taken
 * with memsets left in the default context, two switches away.
 */
export function profiledMemsetUs(device: Device, kernel: Kernel, cus: number): number {
  const ownUs = memsetUs(device, kernel, cus)
  if (kernel.memsetUs) return ownUs
  return ownUs + 2 * device.costs.switchUs * (kernel.memsetsBefore ?? 0)
}
