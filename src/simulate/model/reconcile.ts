import type { Device } from '../../device/device.js'
import { clamp, sum } from '../../numbers.js'
import { kernelUs, lookUp, requestUs, shareBetween } from '../../profile/duration.js'
import type { Profile } from '../../profile/profile.js'
import { memsetUs, profiledMemsetUs } from './memsets.js'

/** How to turn a profile's kernel times into the measured latency of the whole request. */
export interface Reconciliation {
  /** Factor on every kernel's duration. */
  readonly scale: number
  /** Gap before each kernel outside parallel stretches, in µs. */
  readonly gapUs: number
  /** The part of every gap by which the profile exceeds what the device always takes, in µs. */
  readonly profiledGapUs: number
  /**
   * Gap before each kernel of a parallel stretch, in µs. It is larger because branching costs more
   * than following.
   */
  readonly branchGapUs: number
}

/**
 * In a profile with branches, kernels are stretched by at most this factor. Profilers lengthen
 * kernels and never shorten them, so if the request takes even longer, the extra time is spent on
 * branching.
 */
const MOST_STRETCH = 1.02

/**
 * No kernel is shortened to less than this fraction of its time, however far the kernels and the
 * latency disagree.
 */
export const LEAST_SCALE = 0.1

/**
 * How much lanes side by side gain, as a share of their number, since they wait for the same
 * compute units. It was read off resnext101 with its 8 lanes, the only recorded model that
 * branches.
 */
const LANE_EFFICIENCY = 0.78

/**
 * Reconciles the kernels of a profile on `cus` compute units with the request's measured latency,
 * if the profile has it. The two differ because there are gaps between kernels, which newer
 * profiles record, because consecutive kernels overlap a little, and because a profiler stretches
 * each of them.
 */
export function reconcile(device: Device, profile: Profile, cus: number): Reconciliation {
  const { launchGapUs } = device.costs
  if (!profile.latencyUs) {
    return { scale: 1, gapUs: launchGapUs, profiledGapUs: 0, branchGapUs: launchGapUs }
  }
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
    gapUs: between(atLow.gapUs, atHigh.gapUs),
    profiledGapUs: between(atLow.profiledGapUs, atHigh.profiledGapUs),
    branchGapUs: between(atLow.branchGapUs, atHigh.branchGapUs),
  }
}

function reconcileMeasured(device: Device, profile: Profile, cus: number): Reconciliation {
  const { launchGapUs } = device.costs
  const gapUs = Math.max(launchGapUs, profile.gapUs ? lookUp(profile.gapUs, cus).us : 0)
  const { kernels } = profile
  const kernelsUs = kernels.map((kernel) => kernelUs(kernel, cus))
  const { plainUs, branchedUs, plainSteps, branchSteps } = requestParts(profile, kernelsUs)
  const memsetsUs = sum(kernels.map((kernel) => profiledMemsetUs(device, kernel, cus)))
  const targetUs = requestUs(profile, cus) - memsetsUs - gapUs * (plainSteps + branchSteps)
  const scale = Math.max(LEAST_SCALE, targetUs / (plainUs + branchedUs))
  const gaps = { gapUs, profiledGapUs: gapUs - launchGapUs }
  if (branchSteps === 0 || scale < MOST_STRETCH) return { scale, ...gaps, branchGapUs: gapUs }
  return { scale: 1, ...gaps, branchGapUs: gapUs + (targetUs - plainUs - branchedUs) / branchSteps }
}

/**
 * The same for a process with a share of `cus` compute units that is told of its share alone, if
 * the profile has the latency of requests there.
 * @param kernelsUs time of each kernel alone on as many compute units, in µs
 */
export function reconcileShare(
  device: Device,
  profile: Profile,
  cus: number,
  kernelsUs: readonly number[],
): Reconciliation {
  const { mpsLatencyUs } = profile
  if (!mpsLatencyUs) return reconcile(device, profile, cus)
  return reconcileProcess(device, profile, cus, kernelsUs, lookUp(mpsLatencyUs, cus).us)
}

/**
 * The same for a process that is told that it has the whole device, and so runs the kernels that
 * were profiled. If the profile does not have the latency of requests there, they take what they
 * take on a partition, with longer gaps between kernels. What a gap adds comes and goes by the
 * minute, between nothing and `mpsGapUs`, so half is expected.
 */
export function reconcileTold(
  device: Device,
  profile: Profile,
  cus: number,
  kernelsUs: readonly number[],
): Reconciliation {
  const { toldLatencyUs } = profile
  if (toldLatencyUs)
    return reconcileProcess(device, profile, cus, kernelsUs, lookUp(toldLatencyUs, cus).us)
  const alone = reconcile(device, profile, cus)
  const expectedUs = (device.costs.mpsGapUs ?? 0) / 2
  return {
    ...alone,
    gapUs: alone.gapUs + expectedUs,
    branchGapUs: alone.branchGapUs + expectedUs,
  }
}

/**
 * The time that a request of a process takes beyond its kernels is attributed to gaps, up to
 * `mpsGapUs` each. Anything beyond that stretches the kernels, which fit a share less well than a
 * partition of as many compute units.
 */
function reconcileProcess(
  device: Device,
  profile: Profile,
  cus: number,
  kernelsUs: readonly number[],
  measuredUs: number,
): Reconciliation {
  const { hostTurnaroundUs, launchGapUs, mpsGapUs = 0 } = device.costs
  const { plainUs, branchedUs, plainSteps, branchSteps } = requestParts(profile, kernelsUs)
  const busyUs = plainUs + branchedUs
  const memsetsUs = sum(profile.kernels.map((kernel) => memsetUs(device, kernel, cus)))
  const targetUs = measuredUs - hostTurnaroundUs - memsetsUs
  const steps = plainSteps + branchSteps
  const gapUs = clamp((targetUs - busyUs) / steps, launchGapUs, launchGapUs + mpsGapUs)
  const scale = Math.max(LEAST_SCALE, (targetUs - gapUs * steps) / busyUs)
  return { scale, gapUs, profiledGapUs: 0, branchGapUs: gapUs }
}

/** What the time of a request consists of, apart from memset nodes. */
interface RequestParts {
  /** Time that kernels take outside parallel stretches, and in them, lanes beside one another. */
  readonly plainUs: number
  readonly branchedUs: number
  /** Gaps between kernels that follow one another alone, and between those of parallel stretches. */
  readonly plainSteps: number
  readonly branchSteps: number
}

function requestParts({ kernels, parallel = [] }: Profile, us: readonly number[]): RequestParts {
  const inBranch = kernels.map((_, i) =>
    parallel.some(({ first, count }) => i >= first && i < first + count),
  )
  const plainUs = sum(us.map((kernel, i) => (inBranch[i] ? 0 : kernel)))
  const branchedUs = sum(
    parallel.map(
      ({ first, count, lanes }) => sum(us.slice(first, first + count)) / (lanes * LANE_EFFICIENCY),
    ),
  )
  return {
    plainUs,
    branchedUs,
    plainSteps: inBranch.filter((branch) => !branch).length - 1,
    branchSteps: sum(parallel.map(({ count, lanes }) => Math.ceil(count / lanes))),
  }
}
