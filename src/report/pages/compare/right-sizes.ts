import type { Profile } from '../../../profile/profile.js'
import { seriesColour } from '../../kit/charts/colour.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { html } from '../../kit/html.js'
import { figure, folded, legend, type Section } from '../../kit/page.js'
import { table } from '../../kit/table-html.js'
import { overlaid } from './marks.js'
import { plannedCus } from './plan-figure.js'
import type { CompareReport } from './report.js'
import { staircaseChart, staircaseTable, staircaseText } from './staircase.js'

/** The section on what each kernel needs, and what a plan gives it. */
export function rightSizes({ scenario, outcomes }: CompareReport): Section {
  const { device, workers } = scenario
  const { policy, plan } = overlaid(outcomes)
  const firsts = workers.flatMap(({ profile }, w) =>
    workers.findIndex((other) => other.profile === profile) === w ? [w] : [],
  )
  const profiles: Profile[] = firsts.map((w) => workers[w].profile)
  return {
    id: 'right-size',
    title: 'What each kernel needs',
    short: 'Right-size',
    intro: html`The ${term(DEFINITIONS.rightSize)} of every kernel, in execution order: where the staircase is low, the rest of the device can serve another model. The line shows what the plan of ${policy} gives.`,
    body: html`${firsts.map((w, i) => {
      const cus = plannedCus(plan, plan.workers[w])
      return figure({
        caption: workers[w].name,
        detail: staircaseText(profiles[i], device),
        legend: legend([
          { label: 'right-size', colour: seriesColour(w) },
          { label: `given by ${policy}`, colour: 'var(--ink)', shape: 'line' },
        ]),
        chart: staircaseChart(profiles[i], device, seriesColour(w), { name: policy, cus }),
      })
    })}${folded('Numbers', table(staircaseTable(profiles, device)))}`,
  }
}
