import { type Device, totalCus } from './device.js'

/** How many whole compute units a process may use at a time under a share of so many percent. */
export function shareCus(device: Pick<Device, 'granules'>, percent: number): number {
  return Math.max(1, Math.floor((totalCus(device) * percent) / 100))
}
