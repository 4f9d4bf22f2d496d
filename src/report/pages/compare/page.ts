import { baselineOf, bestOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import type { Scenario } from '../../../workload/scenario.js'
import { DEFINITIONS, definitionList, term } from '../../kit/definitions.js'
import { change, fixed, listed, significant } from '../../kit/format.js'
import { type Fact, page, type Section } from '../../kit/page.js'
import { conclusion } from './conclusion.js'
import { energy } from './energy.js'
import { overview } from './overview.js'
import { plans } from './plans.js'
import type { CompareReport } from './report.js'
import { rightSizes } from './right-sizes.js'
import { sources } from './sources.js'
import { timelines } from './timelines.js'
import { latency, throughput } from './workers.js'

/** The comparison of policies over one mix, as a self-contained page. */
export function compareReport(report: CompareReport): string {
  const { scenario, outcomes, settings = {} } = report
  return page({
    title: `${mixName(scenario)} on one ${scenario.device.name.toUpperCase()}`,
    lead: conclusion(outcomes),
    facts: facts(outcomes),
    sections: [
      overview(report),
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
  const models = new Map<string, number>()
  const batches = new Set(workers.map(({ profile }) => profile.batch))
  for (const { profile } of workers) {
    const name = batches.size === 1 ? profile.model : `${profile.model}/${profile.batch}`
    models.set(name, (models.get(name) ?? 0) + 1)
  }
  const names = [...models].map(([name, count]) =>
    count === 1 ? name : `${count}\u{A0}×\u{A0}${name}`,
  )
  const batch = batches.size === 1 ? `, batch ${[...batches][0]},` : ''
  return `${listed(names)}${batch}`
}

function facts(outcomes: readonly PolicyOutcome[]): Fact[] {
  const base = baselineOf(outcomes)
  const best = bestOf(outcomes)
  const against = (value: number, reference: number): string | undefined =>
    best === base ? undefined : `${change(value, reference)} against ${base.policy}`
  const [now, before] = [best.metrics, base.metrics]
  return [
    { label: 'Most work', value: best.policy, detail: best.summary },
    {
      label: term(DEFINITIONS.weightedSpeedup),
      value: fixed(now.weightedSpeedup),
      detail: against(now.weightedSpeedup, before.weightedSpeedup),
    },
    {
      label: term(DEFINITIONS.workPerKilojoule),
      value: significant(now.workPerKilojoule),
      detail: against(now.workPerKilojoule, before.workPerKilojoule),
    },
    {
      label: term(DEFINITIONS.lowestWorker),
      value: fixed(now.lowestWorker),
      detail: best === base ? undefined : `${fixed(before.lowestWorker)} under ${base.policy}`,
    },
  ]
}

function definitions(): Section {
  return {
    id: 'definitions',
    title: 'Formulas',
    intro: 'Index w runs over workers. The full definitions are in docs/metrics.md.',
    body: definitionList(Object.values(DEFINITIONS)),
  }
}
