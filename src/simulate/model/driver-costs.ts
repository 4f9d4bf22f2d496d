import type { Device } from '../../device/device.js'
import type { Random } from '../../random.js'

/** Driver costs that vary from call to call, in µs. */
export interface DriverCosts {
  /** One change of a live queue's mask. */
  maskCallUs(): number
  /** Delay of one kernel on a device with more masked streams than its queues. */
  overloadUs(): number
}

/**
 * A mask call takes a time drawn uniformly around its mean, up to the worst that was observed:
 * ECLIP's observation 1 gives the worst case and calls the rest unpredictable. If there are more
 * masked streams than hardware queues, each kernel is delayed by an exponential time whose mean
 * grows with every excess stream (observation 2: steep and erratic).
 * @param streams masked streams of the pool
 */
export function driverCosts(device: Device, streams: number, random: Random): DriverCosts {
  const { maskCallUs, streamOverloadUs } = device.costs
  const spreadUs = Math.min(maskCallUs.worst - maskCallUs.mean, maskCallUs.mean)
  const meanOverloadUs = streamOverloadUs * Math.max(0, streams - device.queueLimit)
  return {
    maskCallUs: () =>
      spreadUs > 0 ? maskCallUs.mean + spreadUs * (2 * random.uniform() - 1) : maskCallUs.mean,
    overloadUs: () => (meanOverloadUs > 0 ? random.exponential(meanOverloadUs) : 0),
  }
}
