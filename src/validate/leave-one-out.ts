import type { Device } from '../device/device.js'
import type { SimulationOptions } from '../simulate/result.js'
import { type CalibrationOptions, lossOf, patternSearch, Trials } from './calibrate.js'
import { type ErrorStatistics, errorsOf } from './errors.js'
import { neutralValues, withFitted } from './parameters.js'
import type { Point } from './points.js'
import { type Prediction, predict } from './predict.js'
import { unorderedMixOf } from './scenario-of.js'
import { thinned } from './thinned.js'

/** One mix, predicted by parameters that were fitted on all others. */
export interface Fold {
  readonly mix: string
  readonly errors: ErrorStatistics
  readonly predictions: readonly Prediction[]
}

export interface LeaveOneOutOptions extends CalibrationOptions {
  /** How a left-out mix is simulated. */
  readonly mode: SimulationOptions['mode']
  /** At most this many points of each mix are fitted on, spread over its points. */
  readonly fitPerMix: number
  readonly onFold?: (mix: string) => void
}

/**
 * Leave-one-mix-out: for each mix, in whatever order its workers are, fits the parameters on the
 * points of all others and predicts the mix's own. Every fit starts from the values of a device file
 * that is silent, which no mix had a part in. Folds share what they simulate alike.
 */
export function leaveOneOut(
  device: Device,
  points: readonly Point[],
  options: LeaveOneOutOptions,
): Fold[] {
  const mixes = [...new Set(points.map(unorderedMixOf))]
  const fitted = thinned(points, options.fitPerMix)
  const trials = new Trials(device, fitted, options.profileOf)
  return mixes.map((left) => {
    options.onFold?.(left)
    const loss = (values: readonly number[]): number =>
      lossOf(trials.predictions(values, (point) => unorderedMixOf(point) !== left))
    const { values } = patternSearch(neutralValues(device), loss, options)
    const own = withFitted(device, values)
    const predictions = points
      .filter((point) => unorderedMixOf(point) === left)
      .map((point) => predict(own, point, options.profileOf, { mode: options.mode }))
    return { mix: left, errors: errorsOf(predictions), predictions }
  })
}
