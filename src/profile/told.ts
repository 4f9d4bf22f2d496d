/** What requests take alone in processes under MPS that are told of the whole device, as eclip starts them. */
import type { Device } from '../device/device.js'
import { servingShareCus, shareCus } from '../device/share.js'
import { median, sum } from '../numbers.js'
import { requestUs } from './duration.js'
import type { Profile } from './profile.js'

/** The requests of a profile, as they followed one another in a process under each share. */
export interface ToldTimes {
  readonly profile: Profile
  /** From one request to the next, in µs, by percent of the device. */
  readonly periodsUs: ReadonlyMap<number, number>
  /** The same of requests that are asked for one by one, in µs, from the question to the answer. */
  readonly tripsUs?: ReadonlyMap<number, number>
}

/** What has to be known of a device. */
export interface ToldDevice extends Pick<Device, 'granules'> {
  readonly costs: Pick<Device['costs'], 'hostTurnaroundUs' | 'mpsGapUs'>
}

const GAP_STEP_US = 0.02

/**
 * Profiles with `dispatchUs`, if round trips were measured, and with `toldLatencyUs`, by the share that a plan asks for, of which MPS gives up to two compute units fewer. What
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
  return measured.map(({ profile, periodsUs, tripsUs }) => {
    const entries = [...periodsUs].map(([percent, us]) => {
      const toldUs = us + addedUs.get(percent)! * gapsOf(profile)
      return [servingShareCus(device, percent), Number(toldUs.toFixed(1))]
    })
    const { kernels, ...facts } = profile
    const toldLatencyUs = Object.fromEntries(entries)
    const dispatch = tripsUs && { dispatchUs: dispatchUs(periodsUs, tripsUs) }
    return { ...facts, toldLatencyUs, ...dispatch, kernels }
  })
}

/**
 * What a round trip takes beyond a request that follows another one: the median over the shares, since it scatters by
 * a few tenths of a millisecond with what the host does.
 */
function dispatchUs(
  periodsUs: ReadonlyMap<number, number>,
  tripsUs: ReadonlyMap<number, number>,
): number {
  const beyondUs = [...tripsUs].map(([percent, us]) => us - periodsUs.get(percent)!)
  return Number(Math.max(0, median(beyondUs)).toFixed(1))
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
