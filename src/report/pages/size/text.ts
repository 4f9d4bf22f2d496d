import { significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'
import { MODEL_COLUMNS, modelRows } from './columns.js'
import type { SizeResult } from './result.js'
import {
  additionSentence,
  busyHostSentence,
  checkSentence,
  doubledSentence,
  gpusSentence,
  plainStreamsSentence,
  remediesSentence,
  verdict,
} from './sentences.js'

/** A sized demand for a terminal: first the answer, then the models, then whatever else was found. */
export function sizeText(result: SizeResult, style: TableStyle): string {
  const { sizing, addition } = result
  const { concurrency, mechanism } = sizing.plan
  const head = MODEL_COLUMNS.map(({ title, unit }) => (unit ? `${title}\n${unit}` : title))
  const cost = addition && [
    '',
    additionSentence(addition),
    '',
    textTable(
      ['model', 'p95 before\nms', 'p95 after\nms'],
      addition.models.map(({ name, p95BeforeMs, p95AfterMs }) => [
        name,
        significant(p95BeforeMs),
        significant(p95AfterMs),
      ]),
      style,
    ).trimEnd(),
  ]
  return [
    `${verdict(sizing)} Simulated.`,
    '',
    `${textTable(head, modelRows(result), style)}at the demand, at most ${concurrency} launches at once, by ${mechanism}`,
    '',
    gpusSentence(sizing),
    plainStreamsSentence(sizing),
    busyHostSentence(sizing),
    doubledSentence(sizing),
    remediesSentence(sizing),
    checkSentence(sizing),
    ...(cost ?? []),
  ]
    .filter((line) => line !== undefined)
    .join('\n')
}
