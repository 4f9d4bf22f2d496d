import type { Device } from '../../device/device.js'
import { clamp, sum } from '../../numbers.js'
import { kernelUs, lookUpUs, requestUs, shareBetween, totalUs } from '../../profile/duration.js'
import type { Profile } from '../../profile/profile.js'
import { laneCount } from './branches.js'
import { stretchTime } from './lane-time.js'
import { memsetUs, profiledMemsetUs } from './memsets.js'
import { ProfileCache } from './profile-cache.js'

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

/** A request is fitted to its latency within this share of it. */
const RESOLUTION = 1e-5

/**
 * No kernel is shortened to less than this fraction of its time, however far the kernels and the
 * latency disagree.
 */
export const LEAST_SCALE = 0.1

/**
 * How long a request alone on `cus` compute units takes in simulation at least, in µs: as long as was measured, unless
 * its kernels take far longer than that.
 */
export function simulatedRequestUs(profile: Profile, cus: number): number {
  const leastUs = (LEAST_SCALE * totalUs(profile, cus)) / laneCount(profile)
  return Math.max(leastUs, requestUs(profile, cus))
}

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

const measured = new ProfileCache<number, Reconciliation>()

/** Many other counts lie between the same few measured ones, so the results for these are kept. */
function reconcileMeasured(device: Device, profile: Profile, cus: number): Reconciliation {
  return measured.get(device, profile, cus, () => reconciledAt(device, profile, cus))
}

function reconciledAt(device: Device, profile: Profile, cus: number): Reconciliation {
  const { launchGapUs } = device.costs
  const mostGapUs = Math.max(launchGapUs, profile.gapUs ? lookUpUs(profile.gapUs, cus) : 0)
  const { kernels } = profile
  const kernelsUs = kernels.map((kernel) => kernelUs(kernel, cus))
  const memsetsUs = sum(kernels.map((kernel) => profiledMemsetUs(device, kernel, cus)))
  const targetUs = requestUs(profile, cus) - memsetsUs
  const request = requestOf(device, profile, cus, kernelsUs)
  // The gaps of a profile with branches contain the time that lanes make each other wait, so they are an upper bound.
  const leastGapUs = profile.parallel ? launchGapUs : mostGapUs
  const { scale, gapUs } = fitted(request, targetUs, leastGapUs, mostGapUs)
  const gaps = { gapUs, profiledGapUs: gapUs - launchGapUs }
  if (request.branchSteps === 0 || scale < MOST_STRETCH)
    return { scale, ...gaps, branchGapUs: gapUs }
  const leftUs = targetUs - timeUs(request, 1, gapUs)
  return { scale: 1, ...gaps, branchGapUs: gapUs + leftUs / request.branchSteps }
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
  return reconcileProcess(device, profile, cus, kernelsUs, lookUpUs(mpsLatencyUs, cus))
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
    return reconcileProcess(device, profile, cus, kernelsUs, lookUpUs(toldLatencyUs, cus))
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
  const memsetsUs = sum(profile.kernels.map((kernel) => memsetUs(device, kernel, cus)))
  const targetUs = measuredUs - hostTurnaroundUs - memsetsUs
  const request = requestOf(device, profile, cus, kernelsUs)
  const { scale, gapUs } = fitted(request, targetUs, launchGapUs, launchGapUs + mpsGapUs)
  return { scale, gapUs, profiledGapUs: 0, branchGapUs: gapUs }
}

/** A request apart from memset nodes. */
interface Request {
  /** Time of the kernels outside parallel stretches in µs, and the gaps between them. */
  readonly plainUs: number
  readonly plainSteps: number
  /** Times of the parallel stretches, and the gaps in them that follow one another. */
  readonly stretches: readonly ReturnType<typeof stretchTime>[]
  readonly branchSteps: number
}

function requestOf(
  device: Device,
  { kernels, parallel = [] }: Profile,
  cus: number,
  us: readonly number[],
): Request {
  const inBranch = kernels.map((_, i) =>
    parallel.some(({ first, count }) => i >= first && i < first + count),
  )
  return {
    plainUs: sum(us.map((kernel, i) => (inBranch[i] ? 0 : kernel))),
    plainSteps: inBranch.filter((branch) => !branch).length - 1,
    stretches: parallel.map((stretch) => {
      const [from, to] = [stretch.first, stretch.first + stretch.count]
      return stretchTime(device, kernels.slice(from, to), us.slice(from, to), stretch, cus)
    }),
    branchSteps: sum(parallel.map(({ count, lanes }) => Math.ceil(count / lanes))),
  }
}

/** Time of a request in µs if all kernels take `scale` times as long as measured, with gaps of `gapUs`. */
function timeUs(request: Request, scale: number, gapUs: number): number {
  const { plainUs, plainSteps, stretches } = request
  const branchedUs = sum(stretches.map((stretchUs) => stretchUs(scale, gapUs)))
  return scale * plainUs + gapUs * plainSteps + branchedUs
}

/**
 * The gap and the factor on kernels with which a request takes `targetUs`: a gap within its bounds if that is enough,
 * and otherwise longer or shorter kernels as well.
 */
function fitted(
  request: Request,
  targetUs: number,
  leastGapUs: number,
  mostGapUs: number,
): { readonly scale: number; readonly gapUs: number } {
  const { plainUs, plainSteps, stretches } = request
  if (stretches.length === 0) {
    // A request of a single kernel has no gap that could take what is left.
    const leftUs = plainSteps > 0 ? (targetUs - plainUs) / plainSteps : mostGapUs
    const gapUs = clamp(leftUs, leastGapUs, mostGapUs)
    return { gapUs, scale: Math.max(LEAST_SCALE, (targetUs - gapUs * plainSteps) / plainUs) }
  }
  const gapUs = solved((gap) => timeUs(request, 1, gap), targetUs, leastGapUs, mostGapUs)
  const longest = LEAST_SCALE + targetUs / timeUs(request, 1, 0)
  const scale = solved((one) => timeUs(request, one, gapUs), targetUs, LEAST_SCALE, longest)
  return { gapUs, scale }
}

/**
 * Where an increasing function reaches a value between two bounds, or the bound nearest to that. The Illinois method
 * (Dowell and Jarratt 1971) needs few evaluations, as the function is nearly a straight line.
 */
function solved(of: (x: number) => number, value: number, least: number, most: number): number {
  let [low, high] = [least, most]
  let [below, above] = [of(low) - value, of(high) - value]
  if (below >= 0) return low
  if (above <= 0) return high
  let sideBefore = 0
  for (;;) {
    const x = (low * above - high * below) / (above - below)
    const beyond = of(x) - value
    if (Math.abs(beyond) <= RESOLUTION * value || x <= low || x >= high) return x
    const side = Math.sign(beyond)
    if (side < 0) {
      ;[low, below] = [x, beyond]
      if (side === sideBefore) above /= 2
    } else {
      ;[high, above] = [x, beyond]
      if (side === sideBefore) below /= 2
    }
    sideBefore = side
  }
}
