import { type Device, totalCus } from './device.js'

/** Compute units that a process may use at a time if it has a share of so many percent: whole ones only. */
export function shareCus(device: Device, percent: number): number {
  return Math.max(1, Math.floor((totalCus(device) * percent) / 100))
}
