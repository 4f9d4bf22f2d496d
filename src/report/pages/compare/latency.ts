import { baselineOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { quantileSorted } from '../../../numbers.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { significant } from '../../kit/format.js'
import { html } from '../../kit/html.js'
import { figure, type Section } from '../../kit/page.js'
import type { CompareReport } from './report.js'
import { panelTable, workerPanels } from './worker-panels.js'

/** The section on how long requests take, and whether that is within the targets. */
export function latency({ scenario, outcomes }: CompareReport): Section {
  const hasTargets = scenario.workers.some(({ p95TargetMs }) => p95TargetMs !== undefined)
  const targets = hasTargets
    ? ' The dashed line is the target; a verdict stands beside the p95 of whoever has one.'
    : ''
  return {
    id: 'latency',
    title: 'Latency',
    intro: html`${term(DEFINITIONS.p95)} of each worker, in milliseconds. Shorter is better; each panel has its own scale.`,
    body: figure({
      caption: 'p95 latency of each worker, ms',
      detail: `The mark is ${baselineOf(outcomes).policy}. Bars far beyond the others are cut off.${targets}`,
      chart: workerPanels(scenario, outcomes, {
        name: 'p95 latency in ms',
        value: (worker) => worker.p95Ms,
        text: significant,
        max: usualMax,
        limit: ({ p95TargetMs }) => p95TargetMs,
        verdict: targetVerdict,
      }),
      table: panelTable(
        scenario,
        outcomes,
        'p50 / p95 / p99 latency in ms',
        ({ p50Ms, p95Ms, p99Ms }) => [p50Ms, p95Ms, p99Ms].map(significant).join(' / '),
      ),
    }),
  }
}

function targetVerdict({ judgement }: PolicyOutcome, index: number): string | undefined {
  return judgement.workers[index].p95Target?.verdict
}

/** The largest value that is not far above the others: at most four times their median. */
function usualMax(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b)
  const limit = 4 * quantileSorted(ascending, 0.5)
  return Math.max(0, ...ascending.filter((value) => value <= limit))
}
