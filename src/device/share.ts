import { clamp } from '../numbers.js'
/**
 * Shares under MPS. A process is started with a whole percentage of the device, and may use that many compute units at
 * a time, rounded down (on an H200 sometimes two fewer). Plans hold compute units, and there are two roundings of them,
 * since measurements are filed by both. The plan of a mix has what a process gets. A plan that serves a demand has the
 * nearest whole number, by which profiles note what requests take alone (`toldLatencyUs`). For each there is one way
 * to the percentage a process is started with; on a device of 100 compute units or more it is the percentage that the
 * share was made from, which matters as not every percentage was checked (`mpsCheckedCus`).
 */
import { type Device, totalCus } from './device.js'

type Granules = Pick<Device, 'granules'>

/**
 * Shares of a device under MPS, in percent, that `eclip size` tries for each model and `eclip profile` measures models
 * under.
 */
export const PLANNED_PERCENTS: readonly number[] = [20, 25, 30, 35, 40, 50, 60, 80, 100]

/** How many whole compute units a process may use at a time under a share of so many percent: a share of a mix's plan. */
export function shareCus(device: Granules, percent: number): number {
  return Math.max(1, Math.floor((totalCus(device) * percent) / 100))
}

/** The least percentage of the device that lets a process use so many compute units at a time. */
export function sharePercent(device: Granules, cus: number): number {
  return Math.min(100, Math.ceil((100 * cus) / totalCus(device)))
}

/** The compute units nearest to a share of so many percent: a share of a plan that serves a demand. */
export function servingShareCus(device: Granules, percent: number): number {
  return Math.max(1, Math.round((totalCus(device) * percent) / 100))
}

/** The whole percentage nearest to a share of a plan that serves a demand. */
export function servingSharePercent(device: Granules, cus: number): number {
  return clamp(Math.round((100 * cus) / totalCus(device)), 1, 100)
}
