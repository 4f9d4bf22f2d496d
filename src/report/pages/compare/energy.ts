import { baselineOf, bestOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { bars } from '../../kit/charts/bars.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { significant } from '../../kit/format.js'
import { html } from '../../kit/html.js'
import { figure, panels, type Section } from '../../kit/page.js'
import { policyLabel } from './marks.js'
import type { CompareReport } from './report.js'

interface MixMeasure {
  readonly title: string
  readonly value: (outcome: PolicyOutcome) => number
}

const ENERGY: readonly MixMeasure[] = [
  { title: 'Requests per joule', value: ({ metrics }) => metrics.requestsPerJoule },
  { title: 'Work per kilojoule', value: ({ metrics }) => metrics.workPerKilojoule },
  { title: 'Power, W', value: ({ metrics }) => metrics.powerW },
]

/** The section on power and on work per joule. */
export function energy({ outcomes }: CompareReport): Section {
  const base = baselineOf(outcomes)
  return {
    id: 'energy',
    title: 'Energy',
    intro: html`${term(DEFINITIONS.requestsPerJoule)} counts requests as they come; ${term(DEFINITIONS.workPerKilojoule)} counts every model alike. A device that idles less draws more ${term(DEFINITIONS.power)} and may still do more with each joule.`,
    body: figure({
      caption: 'Energy by policy',
      detail: `The mark is ${base.policy}.`,
      chart: panels(
        ENERGY.map(({ title, value }) => ({
          title,
          chart: bars({
            title: `${title} by policy`,
            description: outcomes.map((o) => `${o.policy} ${significant(value(o))}`).join('; '),
            reference: value(base),
            bars: outcomes.map((outcome) => ({
              ...policyLabel(outcome, outcomes),
              text: significant(value(outcome)),
              parts: [
                {
                  value: value(outcome),
                  colour: outcome === bestOf(outcomes) ? 'var(--accent)' : 'var(--quiet)',
                },
              ],
            })),
          }),
        })),
        280,
      ),
    }),
  }
}
