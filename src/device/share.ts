import { clamp } from '../numbers.js'
/**
 * Shares under MPS. A process is started with a whole percentage of the device, and may use that many compute units at
 * a time, rounded down (on an H200 sometimes two fewer). Plans contain compute units, and there are two ways to round
 * them, because measurements are filed by both. The plan of a mix contains what a process gets. A plan that serves a
 * demand contains the nearest whole number, by which profiles record what requests take alone (`toldLatencyUs`). Each
 * has one way back to the percentage a process is started with. On a device of at least 100 compute units, that is the
 * percentage from which the share was made. This matters because not every percentage was checked (`mpsCheckedCus`).
 */
import { type Device, totalCus } from './device.js'

type Granules = Pick<Device, 'granules'>

/**
 * Shares of a device under MPS, in percent, that `eclip size` tries for each model and under which `eclip profile`
 * measures models.
 */
export const PLANNED_PERCENTS: readonly number[] = [20, 25, 30, 35, 40, 50, 60, 80, 100]

/** How many whole compute units a process may use at a time under a share of `percent`, as in the plan of a mix. */
export function shareCus(device: Granules, percent: number): number {
  return Math.max(1, Math.floor((totalCus(device) * percent) / 100))
}

/** The least percentage of the device that lets a process use `cus` compute units at a time. */
export function sharePercent(device: Granules, cus: number): number {
  return Math.min(100, Math.ceil((100 * cus) / totalCus(device)))
}

/** The number of compute units nearest to a share of `percent`, as in a plan that serves a demand. */
export function servingShareCus(device: Granules, percent: number): number {
  return Math.max(1, Math.round((totalCus(device) * percent) / 100))
}

/** The whole percentage nearest to a share in a plan that serves a demand. */
export function servingSharePercent(device: Granules, cus: number): number {
  return clamp(Math.round((100 * cus) / totalCus(device)), 1, 100)
}
