/**
 * Times of requests alone in processes under MPS that are told that they have the whole device, as eclip
 * starts them.
 */
import type { Device } from '../device/device.js'
import { servingShareCus, shareCus } from '../device/share.js'
import { median, sum } from '../numbers.js'
import { requestUs } from './duration.js'
import type { Profile } from './profile.js'

/** Times of the requests of a profile, which follow one another in one process for each share. */
export interface ToldTimes {
  readonly profile: Profile
  /** From one request to the next, in µs, by percent of the device. */
  readonly periodsUs: ReadonlyMap<number, number>
  /**
   * Time from asking to the answer, in µs by percent of the device, for requests that are asked for
   * one at a time.
   */
  readonly tripsUs?: ReadonlyMap<number, number>
}

/** What must be known about a device. */
export interface ToldDevice extends Pick<Device, 'granules'> {
  readonly costs: Pick<Device['costs'], 'hostTurnaroundUs' | 'mpsGapUs'>
}

const GAP_STEP_US = 0.02

/**
 * Profiles with `toldLatencyUs`, and with `dispatchUs` if round trips were measured. Latencies are filed by the share
 * that a plan asks for, of which MPS withholds up to two compute units. The gaps that a process adds between kernels
 * come and go by the minute (docs/hardware.md), so the measured gap is replaced by the middle of the range of gaps.
 * @param measured times measured in one process for each share
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
 * Extra time of a round trip beyond a request that follows another one. It is the median over the shares, because
 * what the host does makes it scatter by a few tenths of a millisecond.
 */
function dispatchUs(
  periodsUs: ReadonlyMap<number, number>,
  tripsUs: ReadonlyMap<number, number>,
): number {
  const beyondUs = [...tripsUs].map(([percent, us]) => us - periodsUs.get(percent)!)
  return Number(Math.max(0, median(beyondUs)).toFixed(1))
}

/**
 * The gap before every kernel in a process under a share, in µs: the value from 0 to the largest possible gap at
 * which the process's requests agree best with those on a partition.
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

/** Number of gaps between kernels that follow one another. Gaps of lanes side by side coincide and count once. */
function gapsOf({ kernels, parallel = [] }: Profile): number {
  const beside = sum(parallel.map(({ count, lanes }) => count - Math.ceil(count / lanes)))
  return kernels.length - 1 - beside
}
