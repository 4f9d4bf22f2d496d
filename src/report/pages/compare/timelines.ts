import { baselineOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import type { Recording } from '../../../evaluate/recording.js'
import { TIMELINE_US } from '../../../evaluate/simulation-windows.js'
import { fixed } from '../../kit/format.js'
import { type Html, html } from '../../kit/html.js'
import { figure, type Section } from '../../kit/page.js'
import { foldedOthers, highlighted, workerLegend } from './marks.js'
import type { CompareReport } from './report.js'
import { timelineChart, timelineRange, timelineTable } from './timeline.js'

type TracedOutcome = PolicyOutcome & { readonly recording: Recording }

/** The section on who holds which granule at which time; it is left out if there are no timelines. */
export function timelines({ scenario, outcomes }: CompareReport): Section[] {
  const traced = outcomes.filter(
    (outcome): outcome is TracedOutcome => (outcome.recording?.kernels ?? []).length > 0,
  )
  if (traced.length === 0) return []
  const telling = [baselineOf(outcomes), ...highlighted(outcomes)]
  const shown = traced.filter((outcome) => telling.includes(outcome))
  const others = traced.filter((outcome) => !telling.includes(outcome))
  const timelineFigure = ({ policy, recording }: TracedOutcome): Html => {
    const timeline = recording.kernels.filter(({ startUs }) => startUs < TIMELINE_US)
    const [fromUs, toUs] = timelineRange(timeline)
    return figure({
      caption: policy,
      detail: `${fixed((toUs - fromUs) / 1000, 1)} ms of the simulation.`,
      legend: workerLegend(scenario),
      chart: timelineChart(scenario, policy, timeline),
      table: timelineTable(scenario, policy, timeline),
    })
  }
  return [
    {
      id: 'timeline',
      title: 'The first milliseconds',
      short: 'Timeline',
      intro:
        'Who holds which granule when. A row is a granule; where several workers hold it at once they share its height, and where it idles the row shows through.',
      body: html`${shown.map(timelineFigure)}${foldedOthers('Timelines', others, timelineFigure)}`,
    },
  ]
}
