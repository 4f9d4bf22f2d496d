import { isPooled, type Plan } from '../plan/plan.js'
import type { Profile } from '../profile/profile.js'
import type { Scenario } from '../workload/scenario.js'
import { type Bar, bars } from './charts/bars.js'
import { seriesColour } from './charts/colour.js'
import { conclusion } from './conclusion.js'
import { DEFINITIONS, definitionList, term } from './definitions.js'
import { change, counted, fixed, listed, significant } from './format.js'
import { type Html, html } from './html.js'
import { baselineOf, bestOf, meanSwitches, type PolicyOutcome, relativeP95 } from './outcome.js'
import { type Fact, figure, folded, legend, note, page, panels, type Section } from './page.js'
import { planChart, plannedCus, planTable } from './plan-figure.js'
import { sources } from './sources.js'
import { staircaseChart, staircaseTable, staircaseText } from './staircase.js'
import { type Cell, type Row, type TableData, table } from './table-html.js'
import { timelineChart, timelineRange, timelineTable } from './timeline.js'

export interface CompareReport {
  readonly scenario: Scenario
  /** At least one; in the order of the report. */
  readonly outcomes: readonly PolicyOutcome[]
  /** How the numbers came about, in words: seed, simulated time, version. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

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
  const names = [...models].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`))
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

function overview({ outcomes }: CompareReport): Section {
  const switching = outcomes.filter((outcome) => meanSwitches(outcome) > 20)
  return {
    id: 'overview',
    title: 'All policies side by side',
    short: 'Overview',
    intro: html`Each row is one way to share the device. Every metric links to its formula.`,
    body: html`${table(overviewTable(outcomes))}${
      switching.length > 0 &&
      note(
        `${listed(switching.map(({ policy }) => policy))} ${switching.length === 1 ? 'changes' : 'change'} partition at most kernels, and each change costs time on the device.`,
      )
    }`,
  }
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
      { title: term(DEFINITIONS.relativeP95), unit: 'baseline = 1' },
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
          significant(meanSwitches(outcome)),
        ],
      }
    }),
  }
}

function workerLegend({ workers }: Scenario): Html {
  return legend(workers.map(({ name }, w) => ({ label: name, colour: seriesColour(w) })))
}

function throughput({ scenario, outcomes }: CompareReport): Section {
  const base = baselineOf(outcomes)
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
            parts: outcome.metrics.workers.map(({ name, normalizedThroughput }, w) => ({
              value: normalizedThroughput,
              colour: seriesColour(w),
              name: `${outcome.policy}, ${name}: ${fixed(normalizedThroughput)}`,
            })),
          }),
        ),
      }),
    })}${figure({
      caption: 'Normalized throughput of each worker',
      detail: 'A full bar is as fast as alone on the whole device.',
      chart: workerPanels(scenario, outcomes, {
        name: 'Normalized throughput',
        value: (worker) => worker.normalizedThroughput,
        text: fixed,
        max: 1,
      }),
      table: workerTable(scenario, outcomes, 'Normalized throughput', (worker) =>
        fixed(worker.normalizedThroughput),
      ),
    })}`,
  }
}

type WorkerNumbers = PolicyOutcome['metrics']['workers'][number]

interface WorkerMeasure {
  readonly name: string
  readonly value: (worker: WorkerNumbers) => number
  readonly text: (value: number) => string
  /** The longest bar's value without it, in each panel its own. */
  readonly max?: number
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
          max: max === undefined ? undefined : Math.max(max, ...values.filter(Number.isFinite)),
          reference: finiteOrNothing(value(base.metrics.workers[w])),
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

function finiteOrNothing(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

function policyLabel(
  outcome: PolicyOutcome,
  outcomes: readonly PolicyOutcome[],
): Pick<Bar, 'label' | 'emphasis'> {
  const emphasis = outcome === bestOf(outcomes) ? 'strong' : undefined
  return { label: outcome.policy, emphasis }
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

function latency({ scenario, outcomes }: CompareReport): Section {
  const targets = scenario.workers.filter(({ p95TargetMs }) => p95TargetMs !== undefined)
  return {
    id: 'latency',
    title: 'Latency',
    intro: html`${term(DEFINITIONS.p95)} of each worker, in milliseconds. Shorter is better; each panel has its own scale.`,
    body: html`${figure({
      caption: 'p95 latency of each worker, ms',
      detail: `The mark is ${baselineOf(outcomes).policy}.`,
      chart: workerPanels(scenario, outcomes, {
        name: 'p95 latency in ms',
        value: (worker) => worker.p95Ms,
        text: significant,
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

interface MixMeasure {
  readonly title: string
  readonly value: (outcome: PolicyOutcome) => number
}

const ENERGY: readonly MixMeasure[] = [
  { title: 'Requests per joule', value: ({ metrics }) => metrics.requestsPerJoule },
  { title: 'Work per kilojoule', value: ({ metrics }) => metrics.workPerKilojoule },
  { title: 'Power, W', value: ({ metrics }) => metrics.powerW },
]

function energy({ outcomes }: CompareReport): Section {
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
            reference: finiteOrNothing(value(base)),
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

/** The plan laid over the staircases: of the paper's planner if it ran, else the best one's. */
function overlaid(outcomes: readonly PolicyOutcome[]): PolicyOutcome {
  return outcomes.find(({ policy }) => policy === 'eclip') ?? bestOf(outcomes)
}

function rightSizes({ scenario, outcomes }: CompareReport): Section {
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
      const cus = plannedCus(device, plan, plan.workers[w])
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

function plans({ scenario, outcomes }: CompareReport): Section {
  const best = bestOf(outcomes)
  const shown = outcomes.filter((outcome) => outcome === best || outcome === overlaid(outcomes))
  const others = outcomes.filter((outcome) => !shown.includes(outcome))
  const planFigure = ({ policy, plan, summary }: PolicyOutcome): Html =>
    figure({
      caption: policy,
      detail: summary,
      chart: planChart(scenario.device, plan, policy),
      table: planTable(scenario.device, plan, policy),
    })
  return {
    id: 'plans',
    title: 'The plans',
    short: 'Plans',
    intro: `Kernel groups over the ${counted(scenario.device.granules.length, 'granule')} of the device: a band per worker, its kernels from left to right, granule 0 at the top. Stronger colour means higher priority; a partition placed only at dispatch is drawn pale, from the bottom.`,
    body: html`${shown.map(planFigure)}${others.length > 0 && folded(`Plans of ${listed(others.map(({ policy }) => policy))}`, others.map(planFigure))}<h3 style="margin-top:32px">How the plans were found</h3>${table(evidenceTable(outcomes))}`,
  }
}

function evidenceTable(outcomes: readonly PolicyOutcome[]): TableData {
  return {
    caption: 'Plans and their evidence',
    columns: [
      { title: 'Policy' },
      { title: 'Partitions', kind: 'text' },
      { title: 'Kernel groups' },
      { title: 'Method', kind: 'wrapped' },
      { title: 'Status', kind: 'text' },
      { title: 'Objective' },
      { title: 'Gap' },
      { title: 'Time', unit: 'ms' },
    ],
    rows: outcomes.map(({ policy, plan }) => {
      const { solver } = plan.evidence
      const groups = plan.workers.reduce((total, worker) => total + worker.groups.length, 0)
      return {
        cells: [
          policy,
          poolText(plan),
          fixed(groups, 0),
          solver?.method ?? 'by rule',
          solver?.status ?? '',
          solver ? significant(solver.objective) : '',
          solver && solver.gap !== null ? `${significant(solver.gap * 100)}%` : '',
          solver?.milliseconds === undefined ? '' : significant(solver.milliseconds),
        ],
      }
    }),
  }
}

const MECHANISM_TEXT: Readonly<Record<Plan['mechanism'], string>> = {
  pooled: 'pooled streams',
  'mask-call': 'mask calls',
  hardware: 'set in hardware',
}

function poolText({ pool, mechanism }: Plan): string {
  const pooled = pool.filter(isPooled).length
  const sizes = pool.length - pooled
  const parts = [
    ...(pooled > 0 ? [`${pooled} fixed`] : []),
    ...(sizes > 0 ? [counted(sizes, 'size')] : []),
  ]
  return `${parts.join(', ')}; ${MECHANISM_TEXT[mechanism]}`
}

function timelines({ scenario, outcomes }: CompareReport): Section[] {
  const traced = outcomes.flatMap(({ policy, timeline }) =>
    timeline && timeline.length > 0 ? [{ policy, timeline }] : [],
  )
  if (traced.length === 0) return []
  return [
    {
      id: 'timeline',
      title: 'The first milliseconds',
      short: 'Timeline',
      intro:
        'Who holds which granule when. A row is a granule; where several workers hold it at once they share its height, and where it idles the row shows through.',
      body: traced.map(({ policy, timeline }) => {
        const [fromUs, toUs] = timelineRange(timeline)
        return figure({
          caption: policy,
          detail: `${fixed((toUs - fromUs) / 1000, 1)} ms of the simulation.`,
          legend: workerLegend(scenario),
          chart: timelineChart(scenario, policy, timeline),
          table: timelineTable(scenario, policy, timeline),
        })
      }),
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
