import type { Device } from '../../device/device.js'
import { type ByHog, HOGS, type Hogs } from '../../device/hogs.js'
import { leastSquaresAbove0 } from '../../least-squares.js'
import { sum } from '../../numbers.js'
import { requestUs } from '../../profile/duration.js'
import type { Interference } from '../../profile/interference.js'
import type { Profile } from '../../profile/profile.js'
import { contentionOf } from './contention.js'
import { type KernelCost, kernelCosts, type PartitionCus } from './kernel-cost.js'

/** Hogs of short kernels, which hold up the launches of others fully; the rest hardly do. */
const HOG_ACTIVITY: ByHog = { stream: 0, cache: 1, products: 0 }

/**
 * How strongly traffic of each profile stretches kernels of each, as multiples of the guess that
 * `memoryStretch` makes: row by row for those that are stretched, a column for each that causes it.
 * Where both were measured beside hogs, the pair would slow down as those measurements say; 1 where
 * one of them was not, and 0 where they have memories of their own.
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
        if (own === undefined || other === undefined) return 1
        return sum(HOGS.map((_, q) => own.stretch[q] * other.hogs[q])) / memory
      }),
    ),
  )
}

/** Whether a profile's interference was measured on the scale that its device has. */
export function isProbed({ hogs }: Device, { interference }: Profile): boolean {
  return hogs !== undefined && interference !== undefined
}

/** A profile on the scale of the hogs; arrays are in the order of HOGS. */
interface Measured {
  /** Stretch beside each hog, for each unit of how far the kernels are guessed to be bound by memory. */
  readonly stretch: readonly number[]
  /** The hogs that it acts like, as shares of each, for each unit of its guessed traffic. */
  readonly hogs: readonly number[]
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

function scaled(
  device: Device,
  profile: Profile,
  hogs: Hogs,
  interference: Interference,
): Measured {
  const costs = kernelCosts(device, profile, partOf(interference.cus), Number.POSITIVE_INFINITY)
  const kernelsUs = sum(costs.map(({ durationUs }) => durationUs))
  const { memoryFloor } = contentionOf(device)
  const bound =
    sum(costs.map((cost) => cost.durationUs * (memoryFloor + cost.memoryBound))) / kernelsUs
  const periodUs = requestUs(profile, interference.cus) + device.costs.hostTurnaroundUs
  const traffic = sum(costs.map(trafficUs)) / periodUs
  const stretch = HOGS.map((hog) => {
    const addedUs = periodUs * (interference.sensitivity[hog] - 1)
    return Math.max(0, addedUs - gapsUs(device, costs, HOG_ACTIVITY[hog])) / kernelsUs / bound
  })
  return { stretch, hogs: actingLike(hogs, interference.pressure).map((share) => share / traffic) }
}

/**
 * The shares of the hogs that would slow the hogs down as a model does: the least squares of what is
 * left, none of them negative.
 */
function actingLike({ pressure }: Hogs, caused: ByHog): number[] {
  const rows = HOGS.map((hog) => HOGS.map((other) => pressure[hog][other] - 1))
  return leastSquaresAbove0(
    rows,
    HOGS.map((hog) => caused[hog] - 1),
  )
}

/** What a neighbour adds to the gaps between a request's kernels, in µs. */
function gapsUs({ costs }: Device, kernels: readonly KernelCost[], activity: number): number {
  const { sharedLaunchGapUs = 0, launchGapPerWorkerUs } = costs
  return kernels.length * (sharedLaunchGapUs + launchGapPerWorkerUs * activity)
}

/** The traffic of a kernel that runs alone, times how long it runs, in µs at full bandwidth. */
function trafficUs({ blocks, waves, blockMemory, durationUs }: KernelCost): number {
  return (blocks / waves) * blockMemory * durationUs
}

function partOf(cus: number): PartitionCus {
  return { cus, kind: 'partition', key: `probe on ${cus}`, usable: () => ({ cus, likeCus: cus }) }
}
