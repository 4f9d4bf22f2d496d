import { baselineOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { quantileSorted } from '../../../numbers.js'
import type { Scenario } from '../../../workload/scenario.js'
import { type Bar, bars } from '../../kit/charts/bars.js'
import { seriesColour } from '../../kit/charts/colour.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { fixed, listed, significant } from '../../kit/format.js'
import { type Html, html } from '../../kit/html.js'
import { figure, note, panels, type Section } from '../../kit/page.js'
import type { TableData } from '../../kit/table-html.js'
import { policyLabel, workerLegend } from './marks.js'
import type { CompareReport } from './report.js'

/** The section on how fast each worker runs. */
export function throughput({ scenario, outcomes }: CompareReport): Section {
  const base = baselineOf(outcomes)
  const highest = Math.max(
    ...outcomes.flatMap(({ metrics }) => metrics.workers.map((w) => w.normalizedThroughput)),
  )
  return {
    id: 'throughput',
    title: 'Throughput',
    intro: html`${term(DEFINITIONS.normalizedThroughput)} says how fast a worker runs beside the others, against alone. Its sum over workers is the ${term(DEFINITIONS.weightedSpeedup)}.`,
    body: html`${figure({
      caption: 'Weighted speedup, by policy and worker',
      detail: `The mark is ${base.policy}.`,
      legend: workerLegend(scenario),
      chart: bars({
        title: 'Weighted speedup by policy, stacked by worker',
        description: outcomes
          .map((o) => `${o.policy} ${fixed(o.metrics.weightedSpeedup)}`)
          .join('; '),
        reference: base.metrics.weightedSpeedup,
        thickness: 14,
        bars: outcomes.map(
          (outcome): Bar => ({
            ...policyLabel(outcome, outcomes),
            text: fixed(outcome.metrics.weightedSpeedup),
            parts: outcome.metrics.workers.map(({ name, shareOfSolo }, w) => ({
              value: shareOfSolo,
              colour: seriesColour(w),
              name: `${outcome.policy}, ${name}: ${fixed(shareOfSolo)}`,
            })),
          }),
        ),
      }),
    })}${figure({
      caption: 'Normalized throughput of each worker',
      detail: 'All panels have one scale; 1 would be as fast as alone on the whole device.',
      chart: workerPanels(scenario, outcomes, {
        name: 'Normalized throughput',
        value: (worker) => worker.normalizedThroughput,
        text: fixed,
        max: () => highest,
      }),
      table: workerTable(scenario, outcomes, 'Normalized throughput', (worker) =>
        fixed(worker.normalizedThroughput),
      ),
    })}`,
  }
}

/** The section on how long requests take. */
export function latency({ scenario, outcomes }: CompareReport): Section {
  const targets = scenario.workers.filter(({ p95TargetMs }) => p95TargetMs !== undefined)
  return {
    id: 'latency',
    title: 'Latency',
    intro: html`${term(DEFINITIONS.p95)} of each worker, in milliseconds. Shorter is better; each panel has its own scale.`,
    body: html`${figure({
      caption: 'p95 latency of each worker, ms',
      detail: `The mark is ${baselineOf(outcomes).policy}. Bars far beyond the others are cut off.`,
      chart: workerPanels(scenario, outcomes, {
        name: 'p95 latency in ms',
        value: (worker) => worker.p95Ms,
        text: significant,
        max: usualMax,
      }),
      table: workerTable(
        scenario,
        outcomes,
        'p50 / p95 / p99 latency in ms',
        ({ p50Ms, p95Ms, p99Ms }) => [p50Ms, p95Ms, p99Ms].map(significant).join(' / '),
      ),
    })}${
      targets.length > 0 &&
      note(
        `Targets: ${listed(targets.map(({ name, p95TargetMs }) => `${name} within ${significant(p95TargetMs ?? 0)} ms`))}.`,
      )
    }`,
  }
}

/** The largest value that is not far beyond the others: at most four times their median. */
function usualMax(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b)
  const limit = 4 * quantileSorted(ascending, 0.5)
  return Math.max(0, ...ascending.filter((value) => value <= limit))
}

type WorkerNumbers = PolicyOutcome['metrics']['workers'][number]

interface WorkerMeasure {
  readonly name: string
  readonly value: (worker: WorkerNumbers) => number
  readonly text: (value: number) => string
  /** Value of a full bar, of the values of a panel. */
  readonly max: (values: readonly number[]) => number
}

/** A panel per worker, a bar per policy. */
function workerPanels(
  scenario: Scenario,
  outcomes: readonly PolicyOutcome[],
  { name: measure, value, text, max }: WorkerMeasure,
): Html {
  const base = baselineOf(outcomes)
  return panels(
    scenario.workers.map(({ name }, w) => {
      const values = outcomes.map(({ metrics }) => value(metrics.workers[w]))
      return {
        title: name,
        colour: seriesColour(w),
        chart: bars({
          title: `${measure} of ${name} by policy`,
          description: outcomes.map(({ policy }, i) => `${policy} ${text(values[i])}`).join('; '),
          max: max(values.filter(Number.isFinite)),
          reference: value(base.metrics.workers[w]),
          bars: outcomes.map((outcome, i) => ({
            ...policyLabel(outcome, outcomes),
            text: text(values[i]),
            parts: [{ value: values[i], colour: seriesColour(w) }],
          })),
        }),
      }
    }),
  )
}

function workerTable(
  { workers }: Scenario,
  outcomes: readonly PolicyOutcome[],
  caption: string,
  text: (worker: WorkerNumbers) => string,
): TableData {
  return {
    caption: `${caption} by policy and worker`,
    columns: [{ title: 'Policy' }, ...workers.map(({ name }) => ({ title: name }))],
    rows: outcomes.map(({ policy, metrics }) => ({
      cells: [policy, ...metrics.workers.map(text)],
    })),
  }
}
