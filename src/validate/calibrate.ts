import type { Device } from '../device/device.js'
import { FIT_WINDOW } from '../evaluate/simulation-windows.js'
import { getOrMake } from '../maps.js'
import { mean } from '../numbers.js'
import { relativeError } from './errors.js'
import { FITTED, fittedValues, withFitted } from './parameters.js'
import type { Point } from './points.js'
import { type Pair, type Prediction, predict } from './predict.js'
import type { ProfileLookup } from './scenario-of.js'

/** How a calibration is done. */
export interface CalibrationOptions {
  readonly profileOf: ProfileLookup
  /** How many sets of parameters are tried. */
  readonly trials: number
  /**
   * Called after each trial with the least error so far. The first trial, which is the starting
   * point, is not reported.
   */
  readonly onTrial?: (trial: number, loss: number) => void
}

export interface Calibration {
  readonly device: Device
  /** The minimised error before and after; see {@link lossOf}. */
  readonly lossBefore: number
  readonly loss: number
}

/** Factor by which a step shrinks if it found nothing better. */
const SHRINK = 0.6
const GROW = 1.2

/** Simulates points under trial parameters and caches the results. */
export class Trials {
  readonly #device: Device
  readonly #points: readonly Point[]
  readonly #profileOf: ProfileLookup
  readonly #known = new Map<string, Prediction>()

  constructor(device: Device, points: readonly Point[], profileOf: ProfileLookup) {
    this.#device = device
    this.#points = points
    this.#profileOf = profileOf
  }

  /** Predictions of the points that `isUsed` selects. */
  predictions(values: readonly number[], isUsed: (point: Point) => boolean): Prediction[] {
    const device = withFitted(this.#device, values)
    return this.#points.flatMap((point, i) => {
      if (!isUsed(point)) return []
      const key = `${i}:${values.map((value) => value.toPrecision(4)).join()}`
      return getOrMake(this.#known, key, () => predict(device, point, this.#profileOf, FIT_WINDOW))
    })
  }
}

/**
 * Larger errors are capped at this value, so that mixes that the model cannot describe at all do
 * not decide the fit.
 */
const MOST_ERROR = 0.3

/**
 * The error that calibration minimises: the mean over mixes, all with the same weight, of the
 * workers' rate error plus one and a half times the error of weighted speedup.
 */
export function lossOf(predictions: readonly Prediction[]): number {
  const mixes = [...new Set(predictions.map(({ mix }) => mix))]
  return mean(
    mixes.map((mix) => {
      const own = predictions.filter((prediction) => prediction.mix === mix)
      const rates = own.flatMap(({ workers }) => workers.map((w) => w.normalizedThroughput))
      const speedups = own.map(({ weightedSpeedup }) => weightedSpeedup)
      return boundedMape(rates) + 1.5 * boundedMape(speedups)
    }),
  )
}

/** Mean of the capped errors over the pairs that were measured; 0 if there are none. */
function boundedMape(pairs: readonly Pair[]): number {
  const errors = pairs.map(relativeError).filter(Number.isFinite)
  if (errors.length === 0) return 0
  return mean(errors.map((error) => Math.min(MOST_ERROR, Math.abs(error))))
}

/** Fits the device's parameters to measured points, starting from the parameters it has. */
export function calibrate(
  device: Device,
  points: readonly Point[],
  options: CalibrationOptions,
): Calibration {
  const trials = new Trials(device, points, options.profileOf)
  const start = fittedValues(device)
  const loss = (values: readonly number[]): number => lossOf(trials.predictions(values, () => true))
  const fit = patternSearch(start, loss, options)
  return { device: withFitted(device, fit.values), lossBefore: fit.before, loss: fit.loss }
}

interface Fit {
  readonly values: readonly number[]
  readonly before: number
  readonly loss: number
}

/**
 * Coordinate search without derivatives (the exploratory moves of Hooke and Jeeves 1961). Each
 * parameter in turn takes one step up or down; its next step is longer if that helped and shorter
 * if it did not. No value falls below 0.
 */
export function patternSearch(
  start: readonly number[],
  loss: (values: readonly number[]) => number,
  { trials, onTrial }: Pick<CalibrationOptions, 'trials' | 'onTrial'>,
): Fit {
  const steps = FITTED.map(({ step }) => step)
  let values = [...start]
  let best = loss(values)
  const before = best
  let trial = 1
  for (let i = 0; trial < trials; i = (i + 1) % steps.length) {
    const better = [1, -1].some((sign) => {
      if (trial >= trials) return false
      const next = values.map((v, k) => (k === i ? Math.max(0, v + sign * steps[i]) : v))
      if (next[i] === values[i]) return false
      const value = loss(next)
      trial++
      onTrial?.(trial, Math.min(value, best))
      if (value >= best) return false
      best = value
      values = next
      return true
    })
    steps[i] *= better ? GROW : SHRINK
    if (steps.every((step, k) => step < 0.05 * FITTED[k].step)) break
  }
  return { values, before, loss: best }
}
