import type { Device } from '../../device/device.js'
import { type Hog, type Hogs, LEAST_PRESSURE } from '../../device/hogs.js'
import { sum } from '../../numbers.js'
import { requestUs } from '../../profile/duration.js'
import type { Interference } from '../../profile/interference.js'
import type { Profile } from '../../profile/profile.js'
import { contentionOf } from './contention.js'
import { addedGapUs } from './gaps.js'
import { type KernelCost, kernelCosts, type PartitionCus } from './kernel-cost.js'

/**
 * How much of a neighbour is like each hog: models stream less and ask more of the cache than a hog that only streams.
 * The share was fitted on runs of the H200's seven models on disjoint partitions. Where hogs of the cache do not get in
 * each other's way they are no scale, and all is taken for streaming.
 */
function likenesses({ pressure }: Hogs): readonly (readonly [Hog, number])[] {
  if (pressure.cache.cache < LEAST_PRESSURE) return [['stream', 1]]
  return [
    ['stream', 0.8],
    ['cache', 0.2],
  ]
}

/**
 * How strongly traffic of each profile stretches kernels of each, as multiples of the guess that
 * `memoryStretch` makes: row by row for those that are stretched, a column for each that causes it. Where
 * both were measured, a neighbour counts as the shares of hogs that slow such hogs as much;
 * 1 where one of the two was not, and 0 where they have memories of their own.
 * @param memories the memory of each profile's worker
 * @returns undefined if every pair is guessed, or the device's memory stretches nothing
 */
export function couplings(
  device: Device,
  profiles: readonly Profile[],
  memories: readonly number[],
): Float64Array | undefined {
  const measured = profiles.map((profile) => measuredOf(device, profile))
  const { memory } = contentionOf(device)
  // Of a guess that nothing is stretched there are no multiples.
  if (memory === 0 || measured.every((one) => one === undefined)) return undefined
  return Float64Array.from(
    measured.flatMap((own, i) =>
      measured.map((other, j) => {
        if (memories[i] !== memories[j]) return 0
        if (!own || !other) return 1
        return sum(own.map((beside, hog) => beside.stretch * other[hog].share)) / memory
      }),
    ),
  )
}

/** Whether a profile's interference was measured on the scale that its device has. */
export function isProbed({ hogs }: Device, { interference }: Profile): boolean {
  return hogs !== undefined && interference !== undefined
}

/** A profile on the scale of one hog. */
interface OnScale {
  /** Stretch beside a whole hog, for each unit of how far the kernels are guessed to be bound by memory. */
  readonly stretch: number
  /** The share of a hog that it acts like, for each unit of its guessed traffic. */
  readonly share: number
}

/** A profile on the scale of each of {@link likenesses}. */
type Measured = readonly OnScale[]

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
  // Kernels of hogs are long, so that they hold up launches no more than any neighbour does.
  const sharedUs = device.costs.sharedLaunchGapUs ?? 0
  const gapsUs = sum(costs.map(({ profiledGapUs }) => addedGapUs(sharedUs, profiledGapUs)))
  const trafficOf = sum(costs.map(trafficUs)) / periodUs
  return likenesses(hogs).map(([hog, likeness]) => {
    const addedUs = Math.max(0, periodUs * (sensitivity[hog] - 1) - gapsUs)
    const share = Math.max(0, pressure[hog] - 1) / (hogs.pressure[hog][hog] - 1)
    return { stretch: (likeness * addedUs) / boundUs, share: share / trafficOf }
  })
}

/** The traffic of a kernel that runs alone, times how long it runs, in µs at full bandwidth. */
function trafficUs({ blocks, waves, blockMemory, durationUs }: KernelCost): number {
  return (blocks / waves) * blockMemory * durationUs
}

function partOf(cus: number): PartitionCus {
  return { cus, kind: 'partition', key: `probe on ${cus}`, usable: () => ({ cus, likeCus: cus }) }
}
