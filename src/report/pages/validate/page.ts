import { type ErrorStatistics, errorsByMix, errorsOf } from '../../../validate/errors.js'
import type { Pair, Prediction } from '../../../validate/predict.js'
import {
  type Content,
  figure,
  fixed,
  html,
  legend,
  page,
  scatterChart,
  seriesColour,
  table,
} from '../../kit/index.js'

/** Inside the corridor of the charts the error is below this. */
const CORRIDOR = 0.1

/** The validation as a self-contained page: predicted against measured. */
export function validationPage(predictions: readonly Prediction[]): string {
  const errors = errorsOf(predictions)
  const mixes = Object.keys(errorsByMix(predictions))
  return page({
    title: 'Simulated against measured',
    lead: `Over ${predictions.length} co-location runs of ${mixes.length} mixes the simulator misses a worker's rate by ${percent(errors.workerRateMape)} on average and weighted speedup by ${percent(errors.weightedSpeedupMape)}.`,
    facts: [
      { label: 'Rate of a worker', value: percent(errors.workerRateMape) },
      { label: 'Weighted speedup', value: percent(errors.weightedSpeedupMape) },
      { label: 'p95', value: percent(errors.p95Mape) },
      { label: 'Power', value: percent(errors.powerMape) },
      { label: 'Kendall τ', value: figureOf(errors.kendallTau) },
    ],
    sections: [
      section('speedup', 'Weighted speedup', 'weighted speedup', predictions, mixes, (p) => [
        p.weightedSpeedup,
      ]),
      section('rates', 'Rates', 'normalized throughput', predictions, mixes, (p) =>
        p.workers.map((worker) => worker.normalizedThroughput),
      ),
      section('power', 'Power', 'power, W', predictions, mixes, (p) => p.powerW ?? []),
      { id: 'mixes', title: 'Errors by mix', body: errorTable(predictions) },
    ],
  })
}

function section(
  id: string,
  title: string,
  axis: string,
  predictions: readonly Prediction[],
  mixes: readonly string[],
  pairs: (prediction: Prediction) => Pair | readonly Pair[],
): { id: string; title: string; body: Content } {
  const points = predictions.flatMap((prediction) =>
    [pairs(prediction)].flat().map(({ measured, predicted }) => ({
      x: measured,
      y: predicted,
      colour: seriesColour(mixes.indexOf(prediction.mix)),
      name: `${prediction.mix}: measured ${fixed(measured)}, simulated ${fixed(predicted)}`,
    })),
  )
  const chart = scatterChart({
    title,
    description: `Simulated against measured ${axis}, one mark each`,
    x: { label: `measured ${axis}` },
    y: { label: `simulated ${axis}` },
    points,
    diagonal: { corridor: CORRIDOR },
  })
  const body = figure({
    caption: `Simulated against measured ${axis}`,
    detail: `Inside the corridor the error is below ${percent(CORRIDOR)}.`,
    chart,
    legend:
      mixes.length <= 8
        ? legend(mixes.map((mix, i) => ({ label: mix, colour: seriesColour(i) })))
        : undefined,
  })
  return { id, title, body }
}

function errorTable(predictions: readonly Prediction[]): Content {
  const rows = Object.entries(errorsByMix(predictions)).map(([mix, errors]) => ({
    cells: [mix, ...errorCells(errors)],
  }))
  return html`${table({
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
    rows,
  })}`
}

/** Points, errors and τ as text, in the order of every table of errors. */
export function errorCells(errors: ErrorStatistics): string[] {
  return [
    `${errors.points}`,
    percent(errors.workerRateMape),
    percent(errors.weightedSpeedupMape),
    percent(errors.weightedSpeedupBias),
    percent(errors.p95Mape),
    percent(errors.powerMape),
    figureOf(errors.kendallTau),
  ]
}

function percent(share: number | null): string {
  return share === null ? '–' : `${fixed(share * 100, 1)}%`
}

function figureOf(value: number | null): string {
  return value === null ? '–' : fixed(value)
}
