import type { LoadResult, ModelResult } from '../../../load/result.js'
import { addTo } from '../../../maps.js'
import { sum } from '../../../numbers.js'
import { MOST_LAG_MS } from '../../../sender-lag.js'
import { compact, fixed, shareText, significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** A lag that is shorter than this part of the shortest median latency of any model does no harm either. */
const MOST_LAG_SHARE = 0.05

/** One row for each model: how many requests were sent, and what became of them. */
export function loadTable({ models }: LoadResult, style: TableStyle): string {
  return textTable(
    [
      'model',
      'load',
      'sent',
      'answered',
      '/s',
      'refused',
      'dropped',
      'failed',
      'p50\nms',
      'p95\nms',
      'p99\nms',
      'most\nms',
      'in time',
    ],
    models.map((model) => [
      model.model,
      loadText(model),
      fixed(model.sent, 0),
      fixed(model.answered, 0),
      significant(model.answeredPerS),
      fixed(model.refused, 0),
      fixed(model.dropped, 0),
      fixed(model.failed, 0),
      ...latencyCells(model),
      attainmentText(model),
    ]),
    style,
  )
}

function latencyCells({ latencyMs }: ModelResult): string[] {
  if (latencyMs === undefined) return ['–', '–', '–', '–']
  const { p50, p95, p99, max } = latencyMs
  return [p50, p95, p99, max].map(significant)
}

/** `200/s poisson`, `50/s cv 3`, `80/s trace`, `closed, 4 at a time`. */
export function loadText({ arrivals }: ModelResult): string {
  if (arrivals.kind === 'closed') return `closed, ${arrivals.concurrency} at a time`
  const spacing =
    arrivals.kind === 'gamma' ? `cv ${compact(arrivals.coefficientOfVariation)}` : arrivals.kind
  return `${compact(arrivals.ratePerS)}/s ${spacing}`
}

/** `99.2% ≤ 20 ms: met`, or a dash without a target. */
export function attainmentText({ target }: ModelResult): string {
  if (target === undefined) return '–'
  const verdict = target.attainment >= target.quantile ? 'met' : 'missed'
  return `${shareText(target.attainment)} ≤ ${compact(target.ms)} ms: ${verdict}`
}

/** Why requests were not answered, one line for each reason. */
export function reasonLines({ models }: LoadResult): string[] {
  return models.flatMap(({ model, reasons }) =>
    Object.entries(reasons).map(([reason, count]) => `${model}: ${fixed(count, 0)} × ${reason}`),
  )
}

/**
 * A sentence that nothing was answered and why, with the most frequent reason. Undefined if anything
 * was answered, or nothing was asked.
 */
export function failureText({ url, models }: LoadResult): string | undefined {
  const sent = sum(models.map((model) => model.sent))
  if (sent === 0 || models.some(({ answered }) => answered > 0)) return undefined
  const times = new Map<string, number>()
  for (const [reason, count] of models.flatMap(({ reasons }) => Object.entries(reasons)))
    addTo(times, reason, count)
  const [[reason]] = [...times].sort(([, a], [, b]) => b - a)
  return `${url} answered none of ${fixed(sent, 0)} requests, most often: ${reason}`
}

/** Whether the sender was so late that the load was not the one that was asked for. */
export function isHeldUp({ lagMs, models }: LoadResult): boolean {
  const mediansMs = models.flatMap(({ latencyMs }) => latencyMs?.p50 ?? [])
  const shortestMs = mediansMs.length > 0 ? Math.min(...mediansMs) : 0
  return lagMs.p99 > Math.max(MOST_LAG_MS, MOST_LAG_SHARE * shortestMs)
}

/** How late the sender was, and whether the load therefore falls short of what was asked for. */
export function lagText(result: LoadResult): string {
  const { p50, p99, max } = result.lagMs
  const facts = `Requests left ${significant(p50)} ms (p50), ${significant(p99)} ms (p99), ${significant(max)} ms (most) after they were due`
  if (!isHeldUp(result)) return facts
  return `${facts}: the sender or its connections held the load up`
}
