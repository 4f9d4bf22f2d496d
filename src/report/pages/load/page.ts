import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import type { LoadResult, ModelResult } from '../../../load/result.js'
import {
  type Cell,
  compact,
  figure,
  fixed,
  html,
  type LineSeries,
  legend,
  lineChart,
  note,
  PANEL,
  page,
  panels,
  type Section,
  seriesColour,
  significant,
  table,
} from '../../kit/index.js'
import { lagText, loadText, MOST_LAG_MS, reasonLines, shareText } from './text.js'

/** What a load test measured, as a self-contained page. */
export function loadReport(result: LoadResult): string {
  const { models, url, measuredS, lagMs, seed, warmupS } = result
  const sent = models.reduce((total, model) => total + model.sent, 0)
  const answered = models.reduce((total, model) => total + model.answered, 0)
  const answeredPerS = models.reduce((total, model) => total + model.answeredPerS, 0)
  return page({
    title: `Load on ${url}`,
    lead: leadText(result),
    facts: [
      {
        label: 'Answered',
        value: `${significant(answeredPerS)}/s`,
        detail: `${fixed(answered, 0)} of ${fixed(sent, 0)} requests`,
      },
      {
        label: 'Measured',
        value: `${compact(measuredS)} s`,
        detail: `after ${compact(warmupS)} s of warm-up, seed ${seed}`,
      },
      {
        label: 'Sender’s lag, p99',
        value: `${significant(lagMs.p99)} ms`,
        detail: lagMs.p99 > MOST_LAG_MS ? 'the load was held up' : 'the load was as asked',
      },
    ],
    sections: [outcomes(result), latencies(models), overTime(models), throughput(result)],
    footer: 'Measured by eclip load. This file needs no network.',
  })
}

function leadText({ models, interrupted }: LoadResult): string {
  const aimed = models.filter(({ target }) => target !== undefined)
  const met = aimed.filter(({ target }) => target!.attainment >= target!.quantile)
  const verdict =
    aimed.length === 0
      ? 'No targets were given.'
      : `${met.length} of ${aimed.length} targets were met.`
  const cut = interrupted ? ' The run was interrupted.' : ''
  return `Latencies count from the time when a request was due, so they hold what a slow server makes later requests wait. ${verdict}${cut}`
}

function outcomes(result: LoadResult): Section {
  const reasons = reasonLines(result)
  return {
    id: 'outcomes',
    title: 'What became of the requests',
    short: 'Outcomes',
    body: html`${table({
      caption: 'Requests by how they ended',
      columns: [
        { title: 'Model' },
        { title: 'Load', kind: 'text' },
        { title: 'Sent' },
        { title: 'Answered' },
        { title: 'Refused' },
        { title: 'Dropped' },
        { title: 'Failed' },
        { title: 'p50', unit: 'ms' },
        { title: 'p95', unit: 'ms' },
        { title: 'p99', unit: 'ms' },
        { title: 'Most', unit: 'ms' },
        { title: 'In time' },
      ],
      rows: result.models.map((model) => ({
        cells: [
          model.model,
          loadText(model),
          ...[model.sent, model.answered, model.refused, model.dropped, model.failed].map((n) =>
            fixed(n, 0),
          ),
          ...(['p50', 'p95', 'p99', 'max'] as const).map((key) =>
            model.latencyMs ? significant(model.latencyMs[key]) : '–',
          ),
          attainmentCell(model),
        ],
      })),
    })}${reasons.length > 0 && html`<ul>${reasons.map((line) => html`<li>${line}</li>`)}</ul>`}${note(lagText(result))}`,
  }
}

function attainmentCell({ target }: ModelResult): Cell {
  if (target === undefined) return { value: '–' }
  const { attainment, quantile, ms } = target
  const isMet = attainment >= quantile
  return {
    value: shareText(attainment),
    detail: `${isMet ? 'met' : 'missed'}: ${compact(quantile * 100)}% ≤ ${compact(ms)} ms`,
    tone: isMet ? 'good' : 'bad',
  }
}

/** Percentiles of the distribution chart; each step further out is as wide as it is rare. */
const PERCENTILES = [
  0, 10, 25, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 96, 97, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99,
]
const PERCENTILE_TICKS = [50, 75, 90, 95, 99, 99.9, 99.99]

/** Latencies are whole microseconds, and an axis of powers of ten has no place for 0. */
const LEAST_MS = 0.001

/** One in how many requests is slower than the percentile. */
function rarity(percentile: number): number {
  return 1 / (1 - percentile / 100)
}

function latencies(models: readonly ModelResult[]): Section {
  const series = models.flatMap((model, i): LineSeries[] => {
    const histogram = decodeFromCompressedBase64(model.histogram)
    // A percentile is drawn only where at least one request stands for it.
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
        description: 'One line a model, from the median out to the slowest requests.',
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

function overTime(models: readonly ModelResult[]): Section {
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

function throughput({ models, measuredS }: LoadResult): Section {
  // The whole seconds in which requests were sent; what comes after them does not belong to the
  // load.
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
