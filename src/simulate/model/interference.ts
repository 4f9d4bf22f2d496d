import type { Device } from '../../device/device.js'
import type { Hogs } from '../../device/hogs.js'
import { sum } from '../../numbers.js'
import { requestUs } from '../../profile/duration.js'
import type { Interference } from '../../profile/interference.js'
import type { Profile } from '../../profile/profile.js'
import { contentionOf } from './contention.js'
import { addedGapUs } from './gaps.js'
import { type KernelCost, kernelCosts, type PartitionCus } from './kernel-cost.js'

/**
 * How strongly traffic of each profile stretches kernels of each, as multiples of the guess that
 * `memoryStretch` makes: row by row for those that are stretched, a column for each that causes it. Where
 * both were measured, a neighbour counts as the share of a streaming hog that slows such a hog as much;
 * 1 where one of the two was not, and 0 where they have memories of their own.
 * @param memories the memory of each profile's worker
 * @returns undefined if every pair is guessed
 */
export function couplings(
  device: Device,
  profiles: readonly Profile[],
  memories: readonly number[],
): Float64Array | undefined {
  const measured = profiles.map((profile) => measuredOf(device, profile))
  if (measured.every((one) => one === undefined)) return undefined
  const { memory } = contentionOf(device)
  return Float64Array.from(
    measured.flatMap((own, i) =>
      measured.map((other, j) => {
        if (memories[i] !== memories[j]) return 0
        return own && other ? (own.stretch * other.share) / memory : 1
      }),
    ),
  )
}

/** Whether a profile's interference was measured on the scale that its device has. */
export function isProbed({ hogs }: Device, { interference }: Profile): boolean {
  return hogs !== undefined && interference !== undefined
}

/** A profile on the scale of the streaming hog. */
interface Measured {
  /** Stretch beside a whole hog, for each unit of how far the kernels are guessed to be bound by memory. */
  readonly stretch: number
  /** The share of a hog that it acts like, for each unit of its guessed traffic. */
  readonly share: number
}

const known = new WeakMap<Device, WeakMap<Profile, Measured>>()

function measuredOf(device: Device, profile: Profile): Measured | undefined {
  const { hogs } = device
  const { interference } = profile
  if (hogs === undefined || interference === undefined) return undefined
  const ofDevice = known.get(device) ?? new WeakMap<Profile, Measured>()
  known.set(device, ofDevice)
  const measured = ofDevice.get(profile) ?? scaled(device, profile, hogs, interference)
  ofDevice.set(profile, measured)
  return measured
}

/**
 * What was measured is of whole requests. How far each kernel bears or causes its part of it stays
 * guessed, so it is divided by the mean of the guess over the kernels.
 */
function scaled(
  device: Device,
  profile: Profile,
  hogs: Hogs,
  { cus, sensitivity, pressure }: Interference,
): Measured {
  const costs = kernelCosts(device, profile, partOf(cus), Number.POSITIVE_INFINITY)
  const { memoryFloor } = contentionOf(device)
  const boundUs = sum(costs.map((cost) => cost.durationUs * (memoryFloor + cost.memoryBound)))
  const periodUs = requestUs(profile, cus) + device.costs.hostTurnaroundUs
  // Kernels of the hog are long, so that it holds up launches no more than any neighbour does.
  const sharedUs = device.costs.sharedLaunchGapUs ?? 0
  const gapsUs = sum(costs.map(({ profiledGapUs }) => addedGapUs(sharedUs, profiledGapUs)))
  const addedUs = Math.max(0, periodUs * (sensitivity.stream - 1) - gapsUs)
  const share = Math.max(0, pressure.stream - 1) / (hogs.pressure.stream.stream - 1)
  return { stretch: addedUs / boundUs, share: (share * periodUs) / sum(costs.map(trafficUs)) }
}

/** The traffic of a kernel that runs alone, times how long it runs, in µs at full bandwidth. */
function trafficUs({ blocks, waves, blockMemory, durationUs }: KernelCost): number {
  return (blocks / waves) * blockMemory * durationUs
}

function partOf(cus: number): PartitionCus {
  return { cus, kind: 'partition', key: `probe on ${cus}`, usable: () => ({ cus, likeCus: cus }) }
}
