import { countsOf } from '../../../numbers.js'
import { recordedErrorOf } from '../../../validate/recorded-error.js'
import type { Scenario } from '../../../workload/scenario.js'
import { DEFINITIONS, definitionList } from '../../kit/definitions.js'
import { listed } from '../../kit/format.js'
import { html } from '../../kit/html.js'
import { page, type Section } from '../../kit/page.js'
import { conclusion } from './conclusion.js'
import { energy } from './energy.js'
import { facts, trust, trustText } from './facts.js'
import { latency } from './latency.js'
import { overview } from './overview.js'
import { plans } from './plans.js'
import type { CompareReport } from './report.js'
import { rightSizes } from './right-sizes.js'
import { sources } from './sources.js'
import { throughput } from './throughput.js'
import { timelines } from './timelines.js'
import { workload } from './workload.js'

/** The comparison of policies for one mix, as a self-contained page. */
export function compareReport(report: CompareReport): string {
  const { scenario, outcomes, settings = {} } = report
  const error = recordedErrorOf(scenario)
  return page({
    title: `${mixName(scenario)} on one ${scenario.device.name.toUpperCase()}, ${trust(error?.weightedSpeedup)}`,
    lead: html`${conclusion(outcomes)} <span class="trust">${trustText(scenario, outcomes)}</span>`,
    facts: facts(outcomes, error),
    sections: [
      overview(report),
      workload(report),
      throughput(report),
      latency(report),
      energy(report),
      rightSizes(report),
      plans(report),
      ...timelines(report),
      sources(scenario, settings),
      definitions(),
    ],
    footer: 'Simulated from kernel profiles by eclip. This file needs no network.',
  })
}

/** `resnet152 + 3 × densenet201, batch 8`. */
function mixName({ workers }: Scenario): string {
  const batches = new Set(workers.map(({ profile }) => profile.batch))
  const models = workers.map(({ profile: { model, batch } }) =>
    batches.size === 1 ? model : `${model}/${batch}`,
  )
  const names = [...countsOf(models)].map(([name, count]) =>
    count === 1 ? name : `${count}\u{A0}×\u{A0}${name}`,
  )
  const batch = batches.size === 1 ? `, batch ${[...batches][0]},` : ''
  return `${listed(names)}${batch}`
}

function definitions(): Section {
  return {
    id: 'definitions',
    title: 'Formulas',
    intro: 'Index w runs over workers. The full definitions are in docs/metrics.md.',
    body: definitionList(Object.values(DEFINITIONS)),
  }
}
