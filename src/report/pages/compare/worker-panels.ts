import { baselineOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import type { WorkerMetrics } from '../../../simulate/metrics.js'
import type { Scenario, ScenarioWorker } from '../../../workload/scenario.js'
import { bars } from '../../kit/charts/bars.js'
import { seriesColour } from '../../kit/charts/colour.js'
import type { Html } from '../../kit/html.js'
import { panels } from '../../kit/page.js'
import type { TableData } from '../../kit/table-html.js'
import { policyLabel } from './marks.js'

/** What the panels show for a worker. */
export interface WorkerMeasure {
  readonly name: string
  readonly value: (worker: WorkerMetrics) => number
  readonly text: (value: number) => string
  /** The value of a full bar, given the values of a panel. */
  readonly max: (values: readonly number[]) => number
  /** A limit to draw as a line, for the workers that have one. */
  readonly limit?: (worker: ScenarioWorker) => number | undefined
  /** What to say about the limit beside the value of a policy. */
  readonly verdict?: (outcome: PolicyOutcome, worker: number) => string | undefined
}

/** One panel for each worker, with one bar for each policy. */
export function workerPanels(
  scenario: Scenario,
  outcomes: readonly PolicyOutcome[],
  { name: measure, value, text, max, limit, verdict }: WorkerMeasure,
): Html {
  const base = baselineOf(outcomes)
  return panels(
    scenario.workers.map((worker, w) => {
      const values = outcomes.map(({ metrics }) => value(metrics.workers[w]))
      const texts = outcomes.map((outcome, i) =>
        [text(values[i]), verdict?.(outcome, w)].filter(Boolean).join(', '),
      )
      const line = limit?.(worker)
      return {
        title: worker.name,
        colour: seriesColour(w),
        chart: bars({
          title: `${measure} of ${worker.name} by policy`,
          description: outcomes.map(({ policy }, i) => `${policy} ${texts[i]}`).join('; '),
          max: max([...values.filter(Number.isFinite), ...(line === undefined ? [] : [line])]),
          reference: value(base.metrics.workers[w]),
          limit: line,
          bars: outcomes.map((outcome, i) => ({
            ...policyLabel(outcome, outcomes),
            text: texts[i],
            parts: [{ value: values[i], colour: seriesColour(w) }],
          })),
        }),
      }
    }),
  )
}

/** The numbers of the panels: a row for each policy, a column for each worker. */
export function panelTable(
  { workers }: Scenario,
  outcomes: readonly PolicyOutcome[],
  caption: string,
  text: (worker: WorkerMetrics) => string,
): TableData {
  return {
    caption: `${caption} by policy and worker`,
    columns: [{ title: 'Policy' }, ...workers.map(({ name }) => ({ title: name }))],
    rows: outcomes.map(({ policy, metrics }) => ({
      cells: [policy, ...metrics.workers.map(text)],
    })),
  }
}
