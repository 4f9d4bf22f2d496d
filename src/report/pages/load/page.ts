import type { LoadResult, ModelResult } from '../../../load/result.js'
import { sum } from '../../../numbers.js'
import {
  type Cell,
  compact,
  fixed,
  html,
  note,
  page,
  type Section,
  shareText,
  significant,
  table,
} from '../../kit/index.js'
import { latencies, overTime, throughput } from './charts.js'
import { isHeldUp, lagText, loadText, reasonLines } from './text.js'

/** What a load test measured, as a self-contained page. */
export function loadReport(result: LoadResult): string {
  const { models, url, measuredS, lagMs, seed, warmupS } = result
  const sent = sum(models.map((model) => model.sent))
  const answered = sum(models.map((model) => model.answered))
  const answeredPerS = sum(models.map((model) => model.answeredPerS))
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
        detail: isHeldUp(result) ? 'the load was held up' : 'the load was as asked',
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
    detail: [isMet ? 'met' : 'missed', `${compact(quantile * 100)}% ≤ ${compact(ms)} ms`],
    tone: isMet ? 'good' : 'bad',
  }
}
