import type { Device } from '../../device/device.js'
import { sum } from '../../numbers.js'
import { kernelUs, requestUs, shareBetween } from '../../profile/duration.js'
import type { Profile } from '../../profile/profile.js'
import { profiledMemsetUs } from './memsets.js'

/** How a profile's kernel times become the measured latency of the whole request. */
export interface Reconciliation {
  /** Factor on every kernel's duration. */
  readonly scale: number
  /** Gap before each kernel outside parallel stretches, in µs. */
  readonly gapUs: number
  /** Gap before each kernel of a parallel stretch, in µs: branching costs more than following. */
  readonly branchGapUs: number
}

/**
 * Kernels of a profile that branches are stretched by at most this. Profilers stretch kernels, they do
 * not shorten them: if the request takes longer still, then because branching itself takes time.
 */
const MOST_STRETCH = 1.02

/** However far apart kernels and latency are, no kernel is taken to last less than this share of its time. */
export const LEAST_SCALE = 0.1

/**
 * What lanes side by side gain, as a share of their number: they wait for the same compute units. From
 * resnext101 and its 8 lanes, the only recorded model that branches.
 */
const LANE_EFFICIENCY = 0.78

/**
 * Reconciles the kernels of a profile on `cus` compute units with the request's measured latency,
 * where the profile carries it. The two differ since consecutive kernels overlap a little, and since a
 * profiler stretches each of them.
 * Between measured counts the reconciliation is interpolated, linearly in 1/cus.
 */
export function reconcile(device: Device, profile: Profile, cus: number): Reconciliation {
  const gapUs = device.costs.launchGapUs
  if (!profile.latencyUs) return { scale: 1, gapUs, branchGapUs: gapUs }
  const counts = Object.keys(profile.latencyUs).map(Number)
  const low = Math.max(...counts.filter((count) => count <= cus))
  const high = Math.min(...counts.filter((count) => count >= cus))
  if (low === high || !Number.isFinite(low) || !Number.isFinite(high)) {
    return reconcileMeasured(device, profile, cus)
  }
  const atLow = reconcileMeasured(device, profile, low)
  const atHigh = reconcileMeasured(device, profile, high)
  const share = shareBetween(low, high, cus)
  const between = (a: number, b: number): number => a + (b - a) * share
  return {
    scale: between(atLow.scale, atHigh.scale),
    gapUs,
    branchGapUs: between(atLow.branchGapUs, atHigh.branchGapUs),
  }
}

function reconcileMeasured(device: Device, profile: Profile, cus: number): Reconciliation {
  const gapUs = device.costs.launchGapUs
  const { kernels, parallel = [] } = profile
  const inBranch = kernels.map((_, i) =>
    parallel.some(({ first, count }) => i >= first && i < first + count),
  )
  const plainUs = sum(kernels.map((kernel, i) => (inBranch[i] ? 0 : kernelUs(kernel, cus))))
  const branchedUs = sum(
    parallel.map(({ first, count, lanes }) => {
      const stretch = kernels.slice(first, first + count)
      return sum(stretch.map((kernel) => kernelUs(kernel, cus))) / (lanes * LANE_EFFICIENCY)
    }),
  )
  const branchSteps = sum(parallel.map(({ count, lanes }) => Math.ceil(count / lanes)))
  const plainSteps = inBranch.filter((branch) => !branch).length - 1
  const memsetsUs = sum(kernels.map((kernel) => profiledMemsetUs(device, kernel, cus)))
  const targetUs = requestUs(profile, cus) - memsetsUs - gapUs * (plainSteps + branchSteps)
  const scale = Math.max(LEAST_SCALE, targetUs / (plainUs + branchedUs))
  if (branchSteps === 0 || scale < MOST_STRETCH) return { scale, gapUs, branchGapUs: gapUs }
  return { scale: 1, gapUs, branchGapUs: gapUs + (targetUs - plainUs - branchedUs) / branchSteps }
}
