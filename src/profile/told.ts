/** What requests take alone in processes under MPS that are told of the whole device, as eclip starts them. */
import type { Device } from '../device/device.js'
import { servingShareCus, shareCus } from '../device/share.js'
import { sum } from '../numbers.js'
import { requestUs } from './duration.js'
import type { Profile } from './profile.js'

/** The requests of a profile, as they followed one another in a process under each share. */
export interface ToldTimes {
  readonly profile: Profile
  /** From one request to the next, in µs, by percent of the device. */
  readonly periodsUs: ReadonlyMap<number, number>
}

/** What has to be known of a device. */
export interface ToldDevice extends Pick<Device, 'granules'> {
  readonly costs: Pick<Device['costs'], 'hostTurnaroundUs' | 'mpsGapUs'>
}

const GAP_STEP_US = 0.02

/**
 * Profiles with `toldLatencyUs`, by the share that a plan asks for, of which MPS gives up to two compute units fewer. What
 * a process adds between kernels comes and goes by the minute (docs/hardware.md), so the middle of what gaps take is put
 * in the place of the gap that it had.
 * @param measured in one process for each share
 */
export function withToldLatencies(measured: readonly ToldTimes[], device: ToldDevice): Profile[] {
  const percents = [...new Set(measured.flatMap(({ periodsUs }) => [...periodsUs.keys()]))]
  const expectedUs = (device.costs.mpsGapUs ?? 0) / 2
  const addedUs = new Map(
    percents.map((percent) => [percent, expectedUs - processGapUs(measured, percent, device)]),
  )
  return measured.map(({ profile, periodsUs }) => {
    const entries = [...periodsUs].map(([percent, us]) => {
      const toldUs = us + addedUs.get(percent)! * gapsOf(profile)
      return [servingShareCus(device, percent), Number(toldUs.toFixed(1))]
    })
    const { kernels, ...facts } = profile
    return { ...facts, toldLatencyUs: Object.fromEntries(entries), kernels }
  })
}

/**
 * The gap before every kernel of the process under a share, in µs: that with which its requests are nearest to those
 * on a partition, from 0 to the most that there is.
 */
export function processGapUs(
  measured: readonly ToldTimes[],
  percent: number,
  device: ToldDevice,
): number {
  const { hostTurnaroundUs, mpsGapUs = 0 } = device.costs
  const cus = shareCus(device, percent)
  const distance = (gapUs: number): number =>
    sum(
      measured.map(({ profile, periodsUs }) => {
        const us = periodsUs.get(percent)
        if (us === undefined) return 0
        const kernelsUs = us - hostTurnaroundUs - gapUs * gapsOf(profile)
        return Math.abs(kernelsUs / requestUs(profile, cus) - 1)
      }),
    )
  let best = 0
  for (let gapUs = 0; gapUs <= mpsGapUs; gapUs += GAP_STEP_US) {
    if (distance(gapUs) < distance(best)) best = gapUs
  }
  return best
}

/** Gaps between kernels that follow one another; those of lanes side by side are gaps at the same time. */
function gapsOf({ kernels, parallel = [] }: Profile): number {
  const beside = sum(parallel.map(({ count, lanes }) => count - Math.ceil(count / lanes)))
  return kernels.length - 1 - beside
}
