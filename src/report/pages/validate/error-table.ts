import { type ErrorStatistics, errorsByMix } from '../../../validate/errors.js'
import type { Prediction } from '../../../validate/predict.js'
import { fixed, percentToTenths, type Section, table } from '../../kit/index.js'

/** What the columns of errors say. */
export const ERROR_WORDS =
  'Mean errors over the points of a mix. The bias is positive where the simulator is too fast; τ is 1 where it ranks all points of the mix as the hardware does.'

/** The section with the errors of each mix. */
export function errorsSection(predictions: readonly Prediction[]): Section {
  return {
    id: 'mixes',
    title: 'Errors by mix',
    intro: ERROR_WORDS,
    body: table({
      caption: 'Mean errors by mix',
      columns: [
        { title: 'Mix', kind: 'wrapped' },
        { title: 'Points' },
        { title: 'Rate' },
        { title: 'Weighted speedup' },
        { title: 'Bias' },
        { title: 'p95' },
        { title: 'Power' },
        { title: 'τ' },
      ],
      rows: Object.entries(errorsByMix(predictions)).map(([mix, errors]) => ({
        cells: [mix, ...errorCells(errors)],
      })),
    }),
  }
}

/** Points, errors and τ as text, in the order that every table of errors has. */
export function errorCells(errors: ErrorStatistics): string[] {
  return [
    `${errors.points}`,
    percentText(errors.workerRateMape),
    percentText(errors.weightedSpeedupMape),
    percentText(errors.weightedSpeedupBias),
    percentText(errors.p95Mape),
    percentText(errors.powerMape),
    tauText(errors.kendallTau),
  ]
}

/** A share as a percentage with one decimal, or a dash if nothing was measured. */
export function percentText(share: number | null): string {
  return share === null ? '–' : percentToTenths(share)
}

/** Kendall's τ, or a dash if no two points can be told apart. */
export function tauText(value: number | null): string {
  return value === null ? '–' : fixed(value)
}
