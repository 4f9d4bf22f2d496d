import type { Device } from '../device/device.js'
import type { SimulationOptions } from '../simulate/result.js'
import { type CalibrationOptions, lossOf, patternSearch, Trials } from './calibrate.js'
import { type ErrorStatistics, errorsOf } from './errors.js'
import { neutralValues, withFitted } from './parameters.js'
import type { Point } from './points.js'
import { type Prediction, predict } from './predict.js'
import { samplePoints } from './sample-points.js'
import { unorderedMixOf } from './scenario-of.js'

/** One mix, predicted by parameters that were fitted on all others. */
export interface Fold {
  readonly mix: string
  readonly errors: ErrorStatistics
  readonly predictions: readonly Prediction[]
}

export interface LeaveOneOutOptions extends CalibrationOptions {
  /** How a left-out mix is simulated. */
  readonly mode: SimulationOptions['mode']
  /** The fit uses at most this many points of each mix, spread over all of its points. */
  readonly fitPerMix: number
  /**
   * Called before each fold with the mix that is left out, how many folds are done, and how many
   * there are.
   */
  readonly onFold?: (mix: string, done: number, of: number) => void
}

/**
 * Leaves one mix out at a time: fits the parameters on the points of all other mixes and predicts
 * those of the mix itself. Mixes of the same workers in another order count as one. Every fit
 * starts from the defaults of a device about which nothing is known, because the shipped values
 * were fitted on all mixes. Folds share the simulations they have in common.
 */
export function leaveOneOut(
  device: Device,
  points: readonly Point[],
  options: LeaveOneOutOptions,
): Fold[] {
  const mixes = [...new Set(points.map(unorderedMixOf))]
  const fitted = samplePoints(points, options.fitPerMix)
  const trials = new Trials(device, fitted, options.profileOf)
  return mixes.map((left, done) => {
    options.onFold?.(left, done, mixes.length)
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
