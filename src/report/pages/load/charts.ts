import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import type { LoadResult, ModelResult } from '../../../load/result.js'
import {
  figure,
  type LineSeries,
  legend,
  lineChart,
  PANEL,
  panels,
  type Section,
  seriesColour,
} from '../../kit/index.js'

/** The percentiles of the distribution chart. The rarer a step is, the wider it is drawn. */
const PERCENTILES = [
  0, 10, 25, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 96, 97, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99,
]
const PERCENTILE_TICKS = [50, 75, 90, 95, 99, 99.9, 99.99]

/** Latencies are whole microseconds, and an axis with powers of ten has no place for 0. */
const LEAST_MS = 0.001

/** One in this many requests is slower than the percentile. */
function rarity(percentile: number): number {
  return 1 / (1 - percentile / 100)
}

/** The section on how latencies are distributed, down to the slowest requests. */
export function latencies(models: readonly ModelResult[]): Section {
  const series = models.flatMap((model, i): LineSeries[] => {
    const histogram = decodeFromCompressedBase64(model.histogram)
    // A percentile is only drawn if at least one request lies beyond it.
    const known = PERCENTILES.filter((p) => rarity(p) <= histogram.totalCount)
    if (known.length === 0) return []
    const points = known.map(
      (p) => [rarity(p), Math.max(LEAST_MS, histogram.getValueAtPercentile(p) / 1000)] as const,
    )
    return [{ name: model.model, colour: seriesColour(i), points }]
  })
  const rarest = Math.max(...series.flatMap(({ points }) => points.map(([x]) => x)), rarity(95))
  return {
    id: 'latency',
    title: 'Latency by percentile',
    short: 'Latency',
    body: figure({
      caption: 'Latency of answered requests, ms, by percentile',
      detail: 'A knee to the right is what few requests wait for: a queue, a stall, a cold start.',
      legend: modelLegend(models),
      chart: lineChart({
        title: 'Latency by percentile',
        description: 'One line a model, from the quickest request out to the slowest.',
        x: {
          label: 'percentile',
          kind: 'log',
          domain: [1, rarest * 1.1],
          ticks: PERCENTILE_TICKS.map(rarity).filter((x) => x <= rarest * 1.1),
          format: (x) => `${Number((100 - 100 / x).toFixed(3))}`,
        },
        y: { label: 'latency, ms', kind: 'log' },
        series,
      }),
    }),
  }
}

const QUANTILES = [
  { key: 'p50', colour: seriesColour(2) },
  { key: 'p95', colour: seriesColour(0) },
  { key: 'p99', colour: seriesColour(1) },
] as const

/** The section on how latencies changed during the load. */
export function overTime(models: readonly ModelResult[]): Section {
  const charts = models.map((model, i) => ({
    title: model.model,
    colour: seriesColour(i),
    chart: lineChart({
      title: `Latency of ${model.model} over time`,
      description: 'Percentiles of the requests answered in each second.',
      width: PANEL,
      height: 200,
      x: { label: 'time, s' },
      y: { label: 'latency, ms' },
      series: QUANTILES.map(({ key, colour }) => ({
        name: key,
        colour,
        points: model.seconds.flatMap(({ latencyMs }, s) =>
          latencyMs === undefined ? [] : [[s + 1, latencyMs[key]] as const],
        ),
      })),
      references: model.target ? [{ axis: 'y', value: model.target.ms, label: 'target' }] : [],
    }),
  }))
  return {
    id: 'time',
    title: 'Latency over time',
    body: figure({
      caption: 'Percentiles of each second, ms',
      legend: legend(QUANTILES.map(({ key, colour }) => ({ label: key, colour, shape: 'line' }))),
      chart: panels(charts, 300),
    }),
  }
}

/** The section on how many requests were sent and answered in each second. */
export function throughput({ models, measuredS }: LoadResult): Section {
  // Only whole seconds in which requests were sent; what comes after them is no longer part of the load.
  const shown = Math.max(1, Math.floor(measuredS))
  const series = models.flatMap((model, i): LineSeries[] => {
    const points = (key: 'sent' | 'answered') =>
      model.seconds.slice(0, shown).map((second, s) => [s + 1, second[key]] as const)
    return [
      {
        name: `${model.model}, sent`,
        colour: seriesColour(i),
        stroke: 'dashed',
        points: points('sent'),
      },
      { name: `${model.model}, answered`, colour: seriesColour(i), points: points('answered') },
    ]
  })
  return {
    id: 'throughput',
    title: 'Sent and answered',
    body: figure({
      caption: 'Requests in each second',
      detail: 'Dashed: sent. Solid: answered. Where the solid line stays below, a queue grows.',
      legend: modelLegend(models),
      chart: lineChart({
        title: 'Requests sent and answered over time',
        description: 'One pair of lines a model.',
        x: { label: 'time, s' },
        y: { label: 'requests/s' },
        series,
      }),
    }),
  }
}

function modelLegend(models: readonly ModelResult[]) {
  return legend(
    models.map(({ model }, i) => ({ label: model, colour: seriesColour(i), shape: 'line' })),
  )
}
