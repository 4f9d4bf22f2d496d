import { type Device, totalCus } from './device.js'

/**
 * Shares of a device under MPS, in percent, that `eclip size` tries for each model and `eclip profile` measures models
 * under.
 */
export const PLANNED_PERCENTS = [20, 25, 30, 35, 40, 50, 60, 80, 100] as const

/** The least percentage of the device that lets a process use so many compute units at a time. */
export function sharePercent(device: Pick<Device, 'granules'>, cus: number): number {
  return Math.min(100, Math.ceil((100 * cus) / totalCus(device)))
}

/** How many whole compute units a process may use at a time under a share of so many percent. */
export function shareCus(device: Pick<Device, 'granules'>, percent: number): number {
  return Math.max(1, Math.floor((totalCus(device) * percent) / 100))
}
