import { cusOf, type Device, totalCus } from '../../device/device.js'
import { windowOf } from '../../device/partition.js'
import { occupancy } from '../occupancy.js'
import { gridBlocks, type Kernel } from '../profile.js'

/** A kernel whose duration is known only on the whole device. */
export type KernelOnWhole = Omit<Kernel, 'durationUs'> & { readonly wholeUs: number }

/**
 * What the wave model assumes about every kernel. `node bench/import-error.mjs` fits the values to
 * recorded profiles, and prints the remaining error, also for models that took no part in the fit.
 */
export const WAVE_MODEL = {
  /**
   * The fraction of the blocks that fit on a compute unit at which the unit is already as busy as
   * it can be.
   */
  busyShare: 0.6,
  /**
   * Fraction of a kernel's time that does not depend on the number of compute units, because they
   * share the memory.
   */
  fixedShare: 0.3,
  /** The time that even the shortest kernel takes, in µs. */
  floorUs: 0.8,
} as const

export type WaveModel = { readonly [Name in keyof typeof WAVE_MODEL]: number }

/** Shares of the granules for which durations are given, as fine as `eclip profile` measures. */
const SHARES = [1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1]

/** Numbers of compute units for which a scaled profile has durations, ascending. */
export function scaledCounts(device: Device): number[] {
  const granules = device.granules.length
  const counts = SHARES.map((share) => Math.ceil(share * granules))
  return [...new Set(counts)].map((count) => cusOf(device, windowOf(0, count, granules)))
}

/**
 * Durations of a kernel in µs by number of compute units, derived from its duration on the whole
 * device. Waves of blocks take their time on the busiest compute unit. In proportion to that grows
 * everything except the floor and the share of time for which all compute units wait (Amdahl 1967).
 */
export function scaledDurations(
  device: Device,
  kernel: KernelOnWhole,
  model: WaveModel = WAVE_MODEL,
): Record<string, number> {
  const { blocksPerCu } = occupancy(device, { ...kernel, durationUs: {} })
  const blocks = gridBlocks({ ...kernel, durationUs: {} })
  const wavesOn = (cus: number): number =>
    Math.max(1, Math.ceil(blocks / cus) / (model.busyShare * blocksPerCu))
  const whole = totalCus(device)
  const { wholeUs } = kernel
  const floorUs = Math.min(wholeUs, model.floorUs)
  return Object.fromEntries(
    scaledCounts(device).map((cus) => {
      const longer = wavesOn(cus) / wavesOn(whole)
      const stretch = model.fixedShare + (1 - model.fixedShare) * longer
      return [cus, Number((floorUs + (wholeUs - floorUs) * stretch).toFixed(3))]
    }),
  )
}
