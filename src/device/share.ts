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
type Limits = Pick<Device, 'vendor' | 'granules' | 'mpsCheckedCus'>

/** Every share, in percent, with which a process can be started. */
const EVERY_PERCENT: readonly number[] = Array.from({ length: 100 }, (_, i) => i + 1)

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

/**
 * Whether processes side by side can each be limited to a number of compute units, whichever are
 * free: what NVIDIA's MPS does. A device on which libraries were found to compute right under no limit is taken to
 * have none.
 */
export function limitsProcesses(device: Limits): boolean {
  return device.vendor === 'nvidia' && EVERY_PERCENT.some((percent) => isSound(device, percent))
}

/**
 * Those of some shares, in percent, that a plan for a device that limits processes may have, because libraries compute
 * correctly under them as far as anybody has checked. If they do so under none of these shares, a plan may have any
 * other share under which they do.
 */
export function soundPercents(device: Limits, percents: readonly number[]): readonly number[] {
  const sound = percents.filter((percent) => isSound(device, percent))
  return sound.length > 0 ? sound : EVERY_PERCENT.filter((percent) => isSound(device, percent))
}

/**
 * If a process cannot be told that it has the whole device, some libraries compute wrong results on some numbers of
 * compute units.
 */
function isSound(device: Limits, percent: number): boolean {
  return device.mpsCheckedCus?.includes(shareCus(device, percent)) ?? true
}
