import { type Device, totalCus } from '../device/device.js'
import { distinctAscending, sum } from '../numbers.js'
import type { Kernel, Profile } from './profile.js'

/** The measured CU counts of a table, ascending, with their durations. */
interface Curve {
  readonly cus: readonly number[]
  readonly us: readonly number[]
}

const curves = new WeakMap<object, Curve>()

function curveOf(byCus: Readonly<Record<string, number>>): Curve {
  const known = curves.get(byCus)
  if (known) return known
  const cus = Object.keys(byCus)
    .map(Number)
    .sort((a, b) => a - b)
  const curve = { cus, us: cus.map((n) => byCus[n]) }
  curves.set(byCus, curve)
  return curve
}

/**
 * Position of `cus` between two CU counts, 0..1, measured on 1/cus. A time that consists of a fixed
 * part and of work shared among compute units is linear on that scale.
 */
export function shareBetween(lowCus: number, highCus: number, cus: number): number {
  return (1 / lowCus - 1 / cus) / (1 / lowCus - 1 / highCus)
}

/**
 * Duration in µs at any CU count, from a table of measured ones. Between two measured counts it is
 * linear in 1/cus (time = fixed + work / cus), so it never leaves their range. Below the measured
 * range, work is conserved (time grows as 1/cus); above it, the last duration holds.
 */
export function lookUpUs(byCus: Readonly<Record<string, number>>, cus: number): number {
  const { cus: counts, us } = curveOf(byCus)
  const last = counts.length - 1
  if (cus < counts[0]) return (us[0] * counts[0]) / cus
  if (cus > counts[last]) return us[last]
  let above = 0
  while (counts[above] < cus) above++
  if (counts[above] === cus) return us[above]
  const low = above - 1
  const share = shareBetween(counts[low], counts[above], cus)
  return us[low] + (us[above] - us[low]) * share
}

/** Solo duration of a kernel on `cus` compute units, in µs. */
export function kernelUs(kernel: Kernel, cus: number): number {
  return lookUpUs(kernel.durationUs, cus)
}

/** Sum of the solo durations of a profile's kernels on `cus` compute units, in µs. */
export function totalUs(profile: Profile, cus: number): number {
  return sum(profile.kernels.map((kernel) => kernelUs(kernel, cus)))
}

/**
 * Latency of a whole request alone on `cus` compute units, in µs: the measured latency if the
 * profile has it (consecutive kernels may overlap), otherwise the sum over its kernels.
 */
export function requestUs(profile: Profile, cus: number): number {
  return profile.latencyUs ? lookUpUs(profile.latencyUs, cus) : totalUs(profile, cus)
}

/** Time in µs from one request to the next if they follow each other, alone on the whole device. */
export function soloUs(profile: Profile, device: Device): number {
  return requestUs(profile, totalCus(device)) + device.costs.hostTurnaroundUs
}

/** CU counts at which a kernel was measured, ascending. */
export function measuredKernelCus(kernel: Kernel): readonly number[] {
  return curveOf(kernel.durationUs).cus
}

/** CU counts at which some kernel of the profile was measured, ascending. */
export function measuredCus(profile: Profile): number[] {
  return distinctAscending(profile.kernels.flatMap((kernel) => curveOf(kernel.durationUs).cus))
}
