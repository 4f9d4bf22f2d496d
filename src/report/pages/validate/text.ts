import { errorsByMix, errorsOf } from '../../../validate/errors.js'
import type { Prediction } from '../../../validate/predict.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'
import { ERROR_WORDS, errorCells } from './error-table.js'

/** Errors of predictions, one row for each mix and one for all of them. */
export function validationText(predictions: readonly Prediction[], style: TableStyle): string {
  const head = ['mix', 'points', 'rate', 'speedup', 'bias', 'p95', 'power', 'τ']
  const rows = Object.entries(errorsByMix(predictions)).map(([mix, errors]) => [
    mix,
    ...errorCells(errors),
  ])
  const all = ['all', ...errorCells(errorsOf(predictions))]
  return `${textTable(head, [...rows, all], style)}\n${ERROR_WORDS}`
}
