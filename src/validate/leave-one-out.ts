import type { Device } from '../device/device.js'
import type { SimulationOptions } from '../simulate/result.js'
import { type CalibrationOptions, lossOf, patternSearch, Trials } from './calibrate.js'
import { type ErrorStatistics, errorsOf } from './errors.js'
import { neutralValues, withFitted } from './parameters.js'
import type { Point } from './points.js'
import { type Prediction, predict } from './predict.js'
import { samplePoints } from './sample-points.js'
import { unorderedMixName } from './scenario-of.js'

/** What is left out of a fit as a unit: a mix, whatever the order of its workers, or all mixes with a model. */
export type LeftOut = 'mix' | 'model'

/** The mixes or models that a point belongs to. */
const PARTS: Readonly<Record<LeftOut, (point: Point) => readonly string[]>> = {
  mix: (point) => [unorderedMixName(point)],
  model: ({ workers }) => [...new Set(workers.map(({ model }) => model))],
}

/** The points of one mix, or those with one model, predicted with parameters fitted on all others. */
export interface Fold {
  readonly left: string
  readonly errors: ErrorStatistics
  readonly predictions: readonly Prediction[]
}

export interface LeaveOneOutOptions extends CalibrationOptions {
  readonly leftOut: LeftOut
  /** How the points that are left out are simulated. */
  readonly mode: SimulationOptions['mode']
  /** The fit uses at most this many points of each mix, spread evenly over the mix's points. */
  readonly fitPerMix: number
  /**
   * Called before each fold with what is left out, how many folds are done, and how many there are
   * in total.
   */
  readonly onFold?: (left: string, done: number, of: number) => void
}

/**
 * Leaves out one mix or model at a time, fits the parameters on all other points, and predicts those
 * that were left out. Every fit starts from the defaults for a device about which nothing is known,
 * because the shipped values were fitted on all mixes. Folds share the simulations they have in common.
 */
export function leaveOneOut(
  device: Device,
  points: readonly Point[],
  options: LeaveOneOutOptions,
): Fold[] {
  const partsOf = PARTS[options.leftOut]
  const parts = [...new Set(points.flatMap(partsOf))]
  const fitted = samplePoints(points, options.fitPerMix)
  const trials = new Trials(device, fitted, options.profileOf)
  return parts.map((left, done) => {
    options.onFold?.(left, done, parts.length)
    const loss = (values: readonly number[]): number =>
      lossOf(trials.predictions(values, (point) => !partsOf(point).includes(left)))
    const { values } = patternSearch(neutralValues(device), loss, options)
    const own = withFitted(device, values)
    const predictions = points
      .filter((point) => partsOf(point).includes(left))
      .map((point) => predict(own, point, options.profileOf, { mode: options.mode }))
    return { left, errors: errorsOf(predictions), predictions }
  })
}
