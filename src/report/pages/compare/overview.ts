import {
  baselineOf,
  bestOf,
  meanSwitches,
  type PolicyOutcome,
  relativeP95,
} from '../../../evaluate/outcome.js'
import { DEFINITIONS, term } from '../../kit/definitions.js'
import { change, compact, fixed, listed, significant } from '../../kit/format.js'
import { type Html, html } from '../../kit/html.js'
import { note, type Section } from '../../kit/page.js'
import { type Cell, type Row, type TableData, table } from '../../kit/table-html.js'
import type { CompareReport } from './report.js'

/** The section with every metric of every policy. */
export function overview({ outcomes }: CompareReport): Section {
  return {
    id: 'overview',
    title: 'All policies side by side',
    short: 'Overview',
    intro: html`Each row is one way to share the device. Every metric links to its formula.`,
    body: html`${table(overviewTable(outcomes))}${switchNote(outcomes)}${starvedNote(outcomes)}`,
  }
}

/** Switches per request from which on a policy is said to switch all the time. */
const MANY_SWITCHES = 50

function switchNote(outcomes: readonly PolicyOutcome[]): Html | undefined {
  const switching = outcomes.filter((outcome) => meanSwitches(outcome) > MANY_SWITCHES)
  if (switching.length === 0) return undefined
  const counts = switching.map((o) => fixed(meanSwitches(o), 0))
  return note(
    `${listed(switching.map(({ policy }) => policy))} ${switching.length === 1 ? 'switches' : 'switch'} ${listed([...new Set(counts)])} times per request on average, and every switch takes time (costs: see Sources).`,
  )
}

function starvedNote(outcomes: readonly PolicyOutcome[]): Html | undefined {
  const starved = outcomes.filter(({ metrics }) =>
    metrics.workers.some(({ p95Ms }) => !Number.isFinite(p95Ms)),
  )
  if (starved.length === 0) return undefined
  const names = listed(starved.map(({ policy }) => policy))
  return note(`n/a: under ${names} some worker finished no request in the measured time.`)
}

function overviewTable(outcomes: readonly PolicyOutcome[]): TableData {
  const base = baselineOf(outcomes)
  const best = bestOf(outcomes)
  const compared = (value: number, reference: number, text: string, is: PolicyOutcome): Cell =>
    is === base
      ? { value: text, detail: 'reference' }
      : { value: text, detail: change(value, reference), tone: value >= reference ? 'good' : 'bad' }
  return {
    caption: 'Metrics by policy',
    columns: [
      { title: 'Policy' },
      { title: term(DEFINITIONS.weightedSpeedup) },
      { title: term(DEFINITIONS.lowestWorker), unit: 'of solo rate' },
      { title: term(DEFINITIONS.fairness) },
      { title: term(DEFINITIONS.requestsPerSecond), unit: '1/s' },
      { title: term(DEFINITIONS.relativeP95), unit: 'to baseline' },
      { title: term(DEFINITIONS.power), unit: 'W' },
      { title: term(DEFINITIONS.requestsPerJoule), unit: '1/J' },
      { title: term(DEFINITIONS.workPerKilojoule), unit: 's/kJ' },
      { title: term(DEFINITIONS.switches) },
    ],
    rows: outcomes.map((outcome): Row => {
      const { metrics: m } = outcome
      const b = base.metrics
      return {
        emphasis: outcome === best ? 'best' : undefined,
        cells: [
          outcome.policy,
          compared(m.weightedSpeedup, b.weightedSpeedup, fixed(m.weightedSpeedup), outcome),
          fixed(m.lowestWorker),
          fixed(m.fairness),
          fixed(m.requestsPerSecond, 0),
          fixed(relativeP95(outcome, base)),
          fixed(m.powerW, 0),
          significant(m.requestsPerJoule),
          compared(
            m.workPerKilojoule,
            b.workPerKilojoule,
            significant(m.workPerKilojoule),
            outcome,
          ),
          compact(meanSwitches(outcome)),
        ],
      }
    }),
  }
}
