import { errorsByMix, errorsOf } from '../../../validate/errors.js'
import type { Prediction } from '../../../validate/predict.js'
import { page } from '../../kit/index.js'
import { errorsSection, percentText, tauText } from './error-table.js'
import { scatters } from './scatters.js'

/** The validation as a self-contained page: predicted against measured values. */
export function validationPage(predictions: readonly Prediction[]): string {
  const errors = errorsOf(predictions)
  const mixes = Object.keys(errorsByMix(predictions))
  return page({
    title: 'Simulated against measured',
    lead: `Over ${predictions.length} co-location runs of ${mixes.length} mixes the simulator misses a worker's rate by ${percentText(errors.workerRateMape)} on average and weighted speedup by ${percentText(errors.weightedSpeedupMape)}.`,
    facts: [
      { label: 'Rate of a worker', value: percentText(errors.workerRateMape) },
      { label: 'Weighted speedup', value: percentText(errors.weightedSpeedupMape) },
      { label: 'p95', value: percentText(errors.p95Mape) },
      { label: 'Power', value: percentText(errors.powerMape) },
      { label: 'Kendall τ', value: tauText(errors.kendallTau) },
    ],
    sections: [scatters(predictions), errorsSection(predictions)],
    footer: 'Simulated by eclip. This file needs no network.',
  })
}
