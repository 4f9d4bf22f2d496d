import { relativeError } from '../../../validate/errors.js'
import type { Pair, Prediction } from '../../../validate/predict.js'
import {
  figure,
  legend,
  panels,
  percent,
  type Section,
  scatterChart,
  seriesColour,
  significant,
} from '../../kit/index.js'
import { percentText } from './error-table.js'

/** Inside the corridor of the charts, the error is below this. */
const CORRIDOR = 0.1

/** Colours by how far the simulator is off. A point gets the first class whose limit it keeps. */
const CLASSES = [
  { name: 'off by less than 5%', within: 0.05, colour: seriesColour(2) },
  { name: '5 to 10%', within: CORRIDOR, colour: seriesColour(4) },
  { name: '10% or more', within: Number.POSITIVE_INFINITY, colour: seriesColour(7) },
] as const

/** A quantity that is both measured and simulated. */
interface Quantity {
  readonly name: string
  readonly unit: string
  /** Logarithmic for latencies, because those of short and long requests lie decades apart. */
  readonly kind: 'linear' | 'log'
  readonly pairs: (prediction: Prediction) => readonly Pair[]
}

const QUANTITIES: readonly Quantity[] = [
  {
    name: 'Weighted speedup',
    unit: '',
    kind: 'linear',
    pairs: ({ weightedSpeedup }) => [weightedSpeedup],
  },
  {
    name: 'Normalized throughput of a worker',
    unit: '',
    kind: 'linear',
    pairs: ({ workers }) => workers.map(({ normalizedThroughput }) => normalizedThroughput),
  },
  {
    name: 'p95 latency of a worker',
    unit: ', ms',
    kind: 'log',
    pairs: ({ workers }) => workers.flatMap(({ p95Ms }) => p95Ms ?? []),
  },
  { name: 'Power', unit: ', W', kind: 'linear', pairs: ({ powerW }) => (powerW ? [powerW] : []) },
]

/** The section that shows every simulated value against the measured one. */
export function scatters(predictions: readonly Prediction[]): Section {
  const measured = QUANTITIES.map((quantity) => ({
    quantity,
    points: pointsOf(quantity, predictions),
  }))
  const all = measured.flatMap(({ points }) => points)
  return {
    id: 'scatters',
    title: 'Every value, simulated against measured',
    short: 'Values',
    body: figure({
      caption: 'Simulated against measured, one mark for each value',
      detail: `On the dashed line both are equal; in the grey corridor they differ by less than ${percent(CORRIDOR)}.`,
      legend: legend(
        CLASSES.map(({ name, colour }) => ({
          label: `${name} (${all.filter((point) => point.colour === colour).length})`,
          colour,
        })),
      ),
      chart: panels(
        measured
          .filter(({ points }) => points.length > 0)
          .map(({ quantity: { name, unit, kind }, points }) => ({
            title: `${name}${unit}`,
            chart: scatterChart({
              title: `${name}, simulated against measured`,
              description: `${points.length} marks; ${points.filter((p) => p.colour === CLASSES[2].colour).length} of them are off by 10% or more.`,
              x: { label: `measured${unit}`, kind },
              y: { label: `simulated${unit}`, kind },
              points,
              diagonal: { corridor: CORRIDOR },
            }),
          })),
        400,
      ),
    }),
  }
}

function pointsOf({ pairs }: Quantity, predictions: readonly Prediction[]) {
  return predictions.flatMap((prediction) =>
    pairs(prediction)
      .filter((pair) => Number.isFinite(relativeError(pair)))
      .map((pair) => {
        const error = relativeError(pair)
        const { colour } = CLASSES.find(({ within }) => Math.abs(error) < within) ?? CLASSES[2]
        const values = `measured ${significant(pair.measured)}, simulated ${significant(pair.predicted)}`
        return {
          x: pair.measured,
          y: pair.predicted,
          colour,
          name: `${prediction.mix}: ${values} (${percentText(error)})`,
        }
      }),
  )
}
