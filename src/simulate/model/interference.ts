import type { Device } from '../../device/device.js'
import { type Hog, type Hogs, LEAST_PRESSURE } from '../../device/hogs.js'
import { getOrMake } from '../../maps.js'
import { sum } from '../../numbers.js'
import { requestUs } from '../../profile/duration.js'
import type { Interference } from '../../profile/interference.js'
import type { Profile } from '../../profile/profile.js'
import { contentionOf } from './contention.js'
import { addedGapUs } from './gaps.js'
import { type KernelCost, kernelCosts, type PartitionCus } from './kernel-cost.js'

/**
 * How much a neighbour resembles each hog: models stream less, and ask more of the cache, than a
 * hog that only streams. The share was fitted on runs of the H200's seven models on disjoint
 * partitions. If hogs of the cache do not slow each other down, they give no scale, and everything
 * counts as streaming.
 */
function likenesses({ pressure }: Hogs): readonly (readonly [Hog, number])[] {
  if (pressure.cache.cache < LEAST_PRESSURE) return [['stream', 1]]
  return [
    ['stream', 0.8],
    ['cache', 0.2],
  ]
}

/**
 * How strongly the traffic of each profile stretches the kernels of each profile, as a multiple of
 * what `memoryStretch` guesses. There is a row for each profile that is stretched and a column for
 * each that causes it. If both profiles were measured, a neighbour counts as the share of each hog
 * that slows such hogs as much as it does. The multiple is 1 if either was not measured, and 0 if
 * the two have separate memories.
 * @param memories the memory of each profile's worker
 * @returns undefined if every pair is guessed, or if the device's memory stretches nothing
 */
export function couplings(
  device: Device,
  profiles: readonly Profile[],
  memories: readonly number[],
): Float64Array | undefined {
  const measured = profiles.map((profile) => measuredOf(device, profile))
  const { memory } = contentionOf(device)
  // A guess that nothing is stretched has no multiples.
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

/** Whether a profile's interference was measured, and its device has the scale to read it on. */
export function isProbed({ hogs }: Device, { interference }: Profile): boolean {
  return hogs !== undefined && interference !== undefined
}

/** A profile measured on the scale of one hog. */
interface OnScale {
  /** Stretch beside a whole hog, per unit of how memory-bound the kernels are guessed to be. */
  readonly stretch: number
  /** The fraction of a hog that it acts like, per unit of its guessed traffic. */
  readonly share: number
}

/** A profile on the scale of each of {@link likenesses}. */
type Measured = readonly OnScale[]

const known = new WeakMap<Device, WeakMap<Profile, Measured>>()

function measuredOf(device: Device, profile: Profile): Measured | undefined {
  const { hogs } = device
  const { interference } = profile
  if (hogs === undefined || interference === undefined) return undefined
  const ofDevice = getOrMake(known, device, () => new WeakMap())
  return getOrMake(ofDevice, profile, () => scaled(device, profile, hogs, interference))
}

/**
 * Measurements are of whole requests, while how much of it each kernel bears or causes remains a
 * guess. The measured value is therefore divided by the mean of that guess over the kernels.
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
  // Kernels of hogs are long, so they hold up launches no more than any other neighbour does.
  const sharedUs = device.costs.sharedLaunchGapUs ?? 0
  const gapsUs = sum(costs.map(({ profiledGapUs }) => addedGapUs(sharedUs, profiledGapUs)))
  const trafficOf = sum(costs.map(trafficUs)) / periodUs
  return likenesses(hogs).map(([hog, likeness]) => {
    const addedUs = Math.max(0, periodUs * (sensitivity[hog] - 1) - gapsUs)
    const share = Math.max(0, pressure[hog] - 1) / (hogs.pressure[hog][hog] - 1)
    return { stretch: (likeness * addedUs) / boundUs, share: share / trafficOf }
  })
}

/** Traffic of a kernel that runs alone, multiplied by its duration: µs at full bandwidth. */
function trafficUs({ blocks, waves, blockMemory, durationUs }: KernelCost): number {
  return (blocks / waves) * blockMemory * durationUs
}

function partOf(cus: number): PartitionCus {
  return { cus, kind: 'partition', key: `probe on ${cus}`, usable: () => ({ cus, likeCus: cus }) }
}
