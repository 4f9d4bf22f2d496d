import { type Device, totalCus } from '../../device/device.js'
import { sum } from '../../numbers.js'
import { requestUs, soloUs } from '../../profile/duration.js'
import type { Profile } from '../../profile/profile.js'
import type { DeviceUse } from './energy.js'

/** What a worker did: its profile and the requests it finished per second. */
export interface Activity {
  readonly profile: Profile
  readonly requestsPerSecond: number
}

/**
 * Mean power of the device in W over a window: from the measured power of each worker alone if all
 * profiles have it, otherwise from the power model of the device.
 */
export function powerW(
  device: Device,
  activities: readonly Activity[],
  use: DeviceUse,
  windowUs: number,
): number {
  const measured = measuredPowerW(device, activities, use.activeUs / windowUs)
  return measured ?? modelledPowerW(device, use, windowUs)
}

/**
 * The share of the device's energy that each worker is charged with. It is proportional to the
 * energy that the worker's requests take alone beyond the idle device, or to the time they take
 * alone if a profile has no power. What the idle device takes is split in the same proportion.
 * @returns shares that add up to 1; NaN if nothing ran
 */
export function energyParts(device: Device, activities: readonly Activity[]): number[] {
  const { idleW } = device.power
  const isMeasured = activities.every(({ profile }) => profile.powerW !== undefined)
  const own = activities.map(({ profile, requestsPerSecond }) => {
    const aloneW = isMeasured ? Math.max(0, profile.powerW! - idleW) : 1
    return requestsPerSecond * requestUs(profile, totalCus(device)) * aloneW
  })
  return own.map((one) => one / sum(own))
}

function modelledPowerW({ power }: Device, use: DeviceUse, windowUs: number): number {
  const { idleW, activeW, cuBusyW, cuWorkW = 0, memoryBusyW, limitW } = power
  const busyW =
    activeW * use.activeUs +
    cuBusyW * use.busyCuUs +
    cuWorkW * use.workCuUs +
    memoryBusyW * use.trafficUs
  return Math.min(limitW, idleW + busyW / windowUs)
}

/**
 * Power of the device in W from the measured power of each worker alone. A request takes the energy
 * that it takes alone, plus some for sharing caches and memory: `sharedEnergyShare` times the part
 * of the dynamic power that belongs to other workers. Undefined if a profile has no power.
 * @param activeShare share of the time at which the device held a block
 */
function measuredPowerW(
  device: Device,
  activities: readonly Activity[],
  activeShare: number,
): number | undefined {
  const { idleW, activeW, limitW, sharedEnergyShare = 0 } = device.power
  const dynamicW: number[] = []
  for (const { profile, requestsPerSecond } of activities) {
    if (profile.powerW === undefined) return undefined
    const soloSeconds = soloUs(profile, device) / 1e6
    const soloDynamicW = Math.max(0, profile.powerW - idleW - activeW)
    dynamicW.push(requestsPerSecond * soloSeconds * soloDynamicW)
  }
  const totalW = sum(dynamicW)
  const foreignShare = totalW === 0 ? 0 : 1 - sum(dynamicW.map((watts) => (watts / totalW) ** 2))
  const busyW = activeW * activeShare + totalW * (1 + sharedEnergyShare * foreignShare)
  return Math.min(limitW, idleW + busyW)
}
