import { baselineOf } from '../../../evaluate/outcome.js'
import { type Bar, bars } from '../../kit/charts/bars.js'
import { seriesColour } from '../../kit/charts/colour.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { fixed } from '../../kit/format.js'
import { html } from '../../kit/html.js'
import { figure, type Section } from '../../kit/page.js'
import { policyLabel, workerLegend } from './marks.js'
import type { CompareReport } from './report.js'
import { panelTable, workerPanels } from './worker-panels.js'

/** The section on how fast each worker runs. */
export function throughput({ scenario, outcomes }: CompareReport): Section {
  const base = baselineOf(outcomes)
  const highest = Math.max(
    ...outcomes.flatMap(({ metrics }) => metrics.workers.map((w) => w.normalizedThroughput)),
  )
  return {
    id: 'throughput',
    title: 'Throughput',
    intro: html`${term(DEFINITIONS.normalizedThroughput)} says how fast a worker runs beside the others, against alone. The ${term(DEFINITIONS.weightedSpeedup)} sums the workers’ shares of their solo rates.`,
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
      detail:
        'All panels have one scale; 1 would be as fast as alone on the whole device, under the same load.',
      chart: workerPanels(scenario, outcomes, {
        name: 'Normalized throughput',
        value: (worker) => worker.normalizedThroughput,
        text: fixed,
        max: () => highest,
      }),
      table: panelTable(scenario, outcomes, 'Normalized throughput', (worker) =>
        fixed(worker.normalizedThroughput),
      ),
    })}`,
  }
}
