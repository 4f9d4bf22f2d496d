import {
  baselineOf,
  bestOf,
  meanSwitches,
  type PolicyOutcome,
  relativeP95,
} from '../../../evaluate/outcome.js'
import { targetsOf } from '../../../plan/judgement.js'
import type { Metrics } from '../../../simulate/metrics.js'
import { DEFINITIONS, type Definition, term } from '../../kit/definitions.js'
import { change, compact, counted, fixed, listed, MINUS, significant } from '../../kit/format.js'
import { type Html, html } from '../../kit/html.js'
import { note, type Section } from '../../kit/page.js'
import { type Cell, type Row, type TableData, table } from '../../kit/table-html.js'
import type { CompareReport } from './report.js'
import { targetsCell } from './terminal.js'

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

/** A policy with at least this many switches per request is said to switch all the time. */
const MANY_SWITCHES = 50

function switchNote(outcomes: readonly PolicyOutcome[]): Html | undefined {
  const switching = outcomes.filter((outcome) => meanSwitches(outcome) > MANY_SWITCHES)
  if (switching.length === 0) return undefined
  const counts = switching.map((o) => `${o.policy} ${fixed(meanSwitches(o), 0)}`)
  return note(
    `Switches of partition in a request, on average: ${listed(counts)}. Every switch takes time (costs: see Sources).`,
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

/** A column of the overview: a metric, its format, and whether it is compared with baseline. */
interface OverviewColumn {
  readonly definition: Definition
  readonly unit?: string
  readonly value: (metrics: Metrics) => number
  readonly text: (value: number) => string
  readonly compared?: 'with baseline'
}

const COLUMNS: readonly OverviewColumn[] = [
  {
    definition: DEFINITIONS.weightedSpeedup,
    value: (m) => m.weightedSpeedup,
    text: fixed,
    compared: 'with baseline',
  },
  {
    definition: DEFINITIONS.lowestWorker,
    unit: 'of alone',
    value: (m) => m.lowestWorker,
    text: fixed,
  },
  { definition: DEFINITIONS.fairness, value: (m) => m.fairness, text: fixed },
  {
    definition: DEFINITIONS.requestsPerSecond,
    unit: '1/s',
    value: (m) => m.requestsPerSecond,
    text: (value) => fixed(value, 0),
  },
  {
    definition: DEFINITIONS.power,
    unit: 'W',
    value: (m) => m.powerW,
    text: (value) => fixed(value, 0),
  },
  {
    definition: DEFINITIONS.workPerKilojoule,
    unit: 's/kJ',
    value: (m) => m.workPerKilojoule,
    text: significant,
    compared: 'with baseline',
  },
]

function overviewTable(outcomes: readonly PolicyOutcome[]): TableData {
  const [base, best] = [baselineOf(outcomes), bestOf(outcomes)]
  const isOpen = base.judgement.headroom !== null
  const hasTargets = targetsOf(base.judgement).length > 0
  return {
    caption: `Metrics by policy: means over ${counted(base.judgement.seeds.length, 'run')}, below them the lowest and the highest of a run`,
    columns: [
      { title: 'Policy' },
      ...(hasTargets ? [{ title: 'Targets' }] : []),
      ...(isOpen ? [{ title: term(DEFINITIONS.headroom), unit: 'times the load' }] : []),
      ...COLUMNS.map(({ definition, unit }) => ({ title: term(definition), unit })),
      { title: term(DEFINITIONS.relativeP95), unit: 'to baseline' },
      { title: term(DEFINITIONS.switches) },
    ],
    rows: outcomes.map(
      (outcome): Row => ({
        emphasis: outcome === best ? 'best' : undefined,
        cells: [
          outcome.policy,
          ...(hasTargets ? [targetsData(outcome)] : []),
          ...(isOpen ? [fixed(outcome.judgement.headroom ?? Number.NaN)] : []),
          ...COLUMNS.map((column) => metricCell(column, outcome, base)),
          fixed(relativeP95(outcome, base)),
          compact(meanSwitches(outcome)),
        ],
      }),
    ),
  }
}

function targetsData({ judgement }: PolicyOutcome): Cell {
  const text = targetsCell(judgement)
  return { value: text, tone: text === 'met' ? 'good' : 'bad' }
}

/** The mean of a metric. Below it stands how it compares with baseline, and its range over the runs. */
function metricCell(
  { value, text, compared }: OverviewColumn,
  outcome: PolicyOutcome,
  base: PolicyOutcome,
): Cell {
  const [now, before] = [value(outcome.metrics), value(base.metrics)]
  const [low, high] = [text(value(outcome.lowest)), text(value(outcome.highest))]
  const range = low === high ? [] : [`${low}–${high}`]
  if (!compared) return { value: text(now), detail: range }
  const against = outcome === base ? 'reference' : change(now, before)
  return { value: text(now), detail: [against, ...range], tone: toneOf(against) }
}

/** A rise is good news and a fall is bad; what stays as it was is neither. */
function toneOf(against: string): Cell['tone'] {
  if (against.startsWith('+')) return 'good'
  return against.startsWith(MINUS) ? 'bad' : undefined
}
