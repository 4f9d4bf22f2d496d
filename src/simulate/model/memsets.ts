import type { Device } from '../../device/device.js'
import { lookUpUs } from '../../profile/duration.js'
import type { Kernel } from '../../profile/profile.js'

/**
 * Time in µs of the memset nodes before a kernel when they run where the kernel runs: as measured,
 * or else as long as the same number of shortest kernels takes.
 */
export function memsetUs(device: Device, kernel: Kernel, cus: number): number {
  if (kernel.memsetUs) return lookUpUs(kernel.memsetUs, cus)
  return (kernel.memsetsBefore ?? 0) * (device.costs.shortestKernelUs ?? 0)
}

/**
 * Time in µs that the same nodes contribute to the profile's `latencyUs`. Profiles that do not
 * record it were taken with the memsets left in the default context, two switches away.
 */
export function profiledMemsetUs(device: Device, kernel: Kernel, cus: number): number {
  const ownUs = memsetUs(device, kernel, cus)
  if (kernel.memsetUs) return ownUs
  return ownUs + 2 * device.costs.switchUs * (kernel.memsetsBefore ?? 0)
}
