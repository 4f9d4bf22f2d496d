import { leastKnown } from '../../../numbers.js'
import {
  figure,
  fixed,
  type LineSeries,
  legend,
  lineChart,
  PANEL,
  panels,
  type Section,
  seriesColour,
  shareText,
  significant,
  type TableData,
} from '../../kit/index.js'
import type { SizeResult } from './result.js'
import { multiple } from './sentences.js'

const QUANTILES = [
  { key: 'p50Ms', label: 'p50', colour: seriesColour(2) },
  { key: 'p95Ms', label: 'p95', colour: seriesColour(0) },
  { key: 'p99Ms', label: 'p99', colour: seriesColour(1) },
] as const

/** The section on how latencies grow with the load. */
export function latencyOverLoad({ sizing }: SizeResult): Section {
  const { curve, goodput, plan } = sizing
  const charts = plan.models.map(({ name, targetMs }, m) => ({
    title: name,
    chart: lineChart({
      title: `Latency of ${name} against load`,
      description: 'Percentiles of answered requests at multiples of the demand.',
      width: PANEL,
      height: 220,
      x: { label: 'load, multiples of the demand' },
      y: { label: 'latency, ms' },
      series: QUANTILES.map(
        ({ key, label, colour }): LineSeries => ({
          name: label,
          colour,
          dots: 'shown',
          points: curve.map(({ load, models }) => [load, models[m][key]]),
        }),
      ),
      references: [
        { axis: 'y', value: targetMs, label: 'target' },
        ...(goodput > 0 ? [{ axis: 'x' as const, value: goodput, label: 'goodput' }] : []),
      ],
    }),
  }))
  return {
    id: 'latency',
    title: 'Latency against load',
    short: 'Latency',
    body: figure({
      caption: 'Latency of answered requests, ms',
      detail:
        'What could only be late is dropped, so past the goodput latencies stay near the target and fewer requests are answered.',
      legend: legend(QUANTILES.map(({ label, colour }) => ({ label, colour, shape: 'line' }))),
      chart: panels(charts, 300),
      table: curveTable(sizing, 'p95, ms, by load', (model) => significant(model.p95Ms)),
    }),
  }
}

/** The room above 100% for the label of the goodput, as a part of the axis. */
const LABEL_ROOM = 0.08

/** The section on how the share of requests in time falls as the load grows. */
export function attainmentOverLoad({ sizing }: SizeResult): Section {
  const { curve, goodput, plan } = sizing
  const series = plan.models.map(
    ({ name }, m): LineSeries => ({
      name,
      colour: seriesColour(m),
      dots: 'shown',
      points: curve.map(({ load, models }) => [load, 100 * models[m].attainment]),
    }),
  )
  const lowest = leastKnown(series.flatMap(({ points }) => points.map(([, y]) => y)))
  const floor = Math.min(90, Math.floor(lowest / 10) * 10)
  const ceiling = 100 + LABEL_ROOM * (100 - floor)
  const quantiles = [...new Set(plan.models.map(({ quantile }) => quantile))]
  return {
    id: 'attainment',
    title: 'Requests in time against load',
    short: 'In time',
    body: figure({
      caption: 'Requests that end within their target, %',
      detail: 'Goodput is the largest load at which no model is below the share asked of it.',
      legend: legend(
        series.map(({ name, colour }) => ({ label: name, colour, shape: 'line' as const })),
      ),
      chart: lineChart({
        title: 'Requests in time against load',
        description: 'One line a model, at multiples of the demand.',
        x: { label: 'load, multiples of the demand' },
        y: { label: 'in time, %', domain: [floor, ceiling] },
        series,
        references: [
          ...quantiles.map((quantile) => ({
            axis: 'y' as const,
            value: 100 * quantile,
            label: `asked: ${fixed(100 * quantile, 0)}%`,
          })),
          ...(goodput > 0 ? [{ axis: 'x' as const, value: goodput, label: 'goodput' }] : []),
        ],
      }),
      table: curveTable(sizing, 'Requests in time by load', (model) => shareText(model.attainment)),
    }),
  }
}

type Sizing = SizeResult['sizing']

function curveTable(
  { curve, plan }: Sizing,
  caption: string,
  cell: (model: Sizing['models'][number]) => string,
): TableData {
  return {
    caption,
    columns: [{ title: 'Load' }, ...plan.models.map(({ name }) => ({ title: name }))],
    rows: curve.map(({ load, models }) => ({ cells: [`${multiple(load)}×`, ...models.map(cell)] })),
  }
}
