import { type Device, totalCus } from '../../device/device.js'
import { mean, sum } from '../../numbers.js'
import type { Profile } from '../profile.js'
import { scaledCounts, scaledDurations, WAVE_MODEL, type WaveModel } from './scale.js'

/** Error of the wave model's durations relative to the measured ones. */
export interface ScaleError {
  /** For all kernels of a request together, signed; mean over the CU counts. */
  readonly bias: number
  /** The same, unsigned. */
  readonly request: number
  /** For single kernels, weighted by their durations; mean over the CU counts. */
  readonly kernel: number
  /** For all kernels together, by number of compute units. */
  readonly byCus: Readonly<Record<number, number>>
}

/**
 * Drops all durations of a measured profile except those on the whole device, predicts the others
 * from these, and compares.
 */
export function scaleError(
  profile: Profile,
  device: Device,
  model: WaveModel = WAVE_MODEL,
): ScaleError {
  const whole = totalCus(device)
  const counts = scaledCounts(device).filter(
    (cus) => cus < whole && profile.kernels[0].durationUs[cus],
  )
  const predicted = profile.kernels.map((kernel) =>
    scaledDurations(device, { ...kernel, wholeUs: kernel.durationUs[whole] }, model),
  )
  const totals = counts.map((cus) => {
    const measuredUs = sum(profile.kernels.map(({ durationUs }) => durationUs[cus]))
    const predictedUs = sum(predicted.map((byCus) => byCus[cus]))
    const apartUs = sum(
      profile.kernels.map(({ durationUs }, k) => Math.abs(predicted[k][cus] - durationUs[cus])),
    )
    return { cus, request: predictedUs / measuredUs - 1, kernel: apartUs / measuredUs }
  })
  return {
    bias: mean(totals.map(({ request }) => request)),
    request: mean(totals.map(({ request }) => Math.abs(request))),
    kernel: mean(totals.map(({ kernel }) => kernel)),
    byCus: Object.fromEntries(totals.map(({ cus, request }) => [cus, request])),
  }
}
