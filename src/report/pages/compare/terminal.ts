import pc from 'picocolors'
import type { Device } from '../../../device/device.js'
import {
  baselineOf,
  bestOf,
  meanSwitches,
  type PolicyOutcome,
  relativeP95,
} from '../../../evaluate/outcome.js'
import { distinctAscending, sum } from '../../../numbers.js'
import { type Judgement, overallVerdict, targetsOf } from '../../../plan/judgement.js'
import type { WorkerMetrics } from '../../../simulate/metrics.js'
import { change, compact, fixed, listed, percentToTenths, significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

type Paint = ReturnType<typeof pc.createColors>

/** A column of the table of policies. All except its own reference are compared with baseline. */
interface PolicyColumn {
  readonly title: string
  readonly cell: (outcome: PolicyOutcome, base: PolicyOutcome, paint: Paint) => string
}

/** The change of a figure compared with baseline, in colour if there is a change. */
function changeColumn(title: string, figure: (outcome: PolicyOutcome) => number): PolicyColumn {
  return {
    title,
    cell: (outcome, base, paint) => {
      if (outcome === base) return paint.dim('-')
      const [now, before] = [figure(outcome), figure(base)]
      const text = change(now, before)
      if (text === change(1, 1)) return text
      return now > before ? paint.green(text) : paint.red(text)
    },
  }
}

/** If all loads are open, the amount of work is fixed, and policies differ in how much more would fit. */
const HEADROOM: readonly PolicyColumn[] = [
  { title: 'headroom', cell: ({ judgement }) => fixed(judgement.headroom ?? Number.NaN) },
  changeColumn('change', ({ judgement }) => judgement.headroom ?? 0),
]

const WORK: readonly PolicyColumn[] = [
  { title: 'weighted\nspeedup', cell: ({ metrics }) => fixed(metrics.weightedSpeedup) },
  changeColumn('change', ({ metrics }) => metrics.weightedSpeedup),
]

const COMMON: readonly PolicyColumn[] = [
  { title: 'lowest\nworker', cell: ({ metrics }) => fixed(metrics.lowestWorker) },
  { title: 'fairness', cell: ({ metrics }) => fixed(metrics.fairness) },
  { title: 'req/s', cell: ({ metrics }) => fixed(metrics.requestsPerSecond, 0) },
  { title: 'samples\n/s', cell: (outcome) => fixed(samplesPerSecond(outcome), 0) },
  { title: 'p95 to\nbaseline', cell: (outcome, base) => times(relativeP95(outcome, base)) },
  { title: 'power\nW', cell: ({ metrics }) => fixed(metrics.powerW, 0) },
  changeColumn('work/kJ\nchange', ({ metrics }) => metrics.workPerKilojoule),
  { title: 'switches\n/request', cell: (outcome) => compact(meanSwitches(outcome)) },
]

const TARGETS: PolicyColumn = {
  title: 'targets',
  cell: ({ judgement }, _base, paint) => {
    const text = targetsCell(judgement)
    return text === 'met' ? paint.green(text) : paint.red(text)
  },
}

/** Metrics by policy, one row each, with changes relative to baseline. The best policy stands out. */
export function policyTable(outcomes: readonly PolicyOutcome[], style: TableStyle): string {
  const paint = pc.createColors(style.colours === 'ansi')
  const base = baselineOf(outcomes)
  const best = bestOf(outcomes)
  const isOpen = base.judgement.headroom !== null
  const hasTargets = targetsOf(base.judgement).length > 0
  const columns = [...(hasTargets ? [TARGETS] : []), ...(isOpen ? HEADROOM : WORK), ...COMMON]
  const rows = outcomes.map((outcome) => {
    const [first, ...rest] = columns.map(({ cell }) => cell(outcome, base, paint))
    return outcome === best
      ? [paint.bold(outcome.policy), paint.bold(first), ...rest]
      : [outcome.policy, first, ...rest]
  })
  return textTable(['policy', ...columns.map(({ title }) => title)], rows, style)
}

/** `met`, `1 missed`, `overload`. */
export function targetsCell(judgement: Judgement): string {
  if (judgement.workers.some(({ isOverloaded }) => isOverloaded)) return 'overload'
  const verdict = overallVerdict(judgement)
  if (verdict === undefined || verdict === 'met') return verdict ?? ''
  const count = targetsOf(judgement).filter((target) => target.verdict === verdict).length
  return `${count} ${verdict}`
}

/** Samples per second. A request is a batch, so its samples are counted. */
function samplesPerSecond({ plan, metrics }: PolicyOutcome): number {
  return sum(
    metrics.workers.map(({ requestsPerSecond }, w) => requestsPerSecond * plan.workers[w].batch),
  )
}

/** What the words in the tables mean, for readers who see them for the first time. */
export function glossary({ granules, name }: Device, outcomes: readonly PolicyOutcome[]): string {
  const sizes = distinctAscending(granules.map(({ cus }) => cus))
  return [
    'req/s, samples/s  a request is one batch of samples, and both count those that were completed',
    baselineOf(outcomes).judgement.headroom !== null
      ? 'headroom          the highest multiple of the loads that is carried within all targets'
      : 'weighted speedup  work done together over work done one model at a time: rates over rates alone, summed',
    'lowest worker     rate of the worker that sharing slows most, over what it would reach alone',
    'fairness          the lowest such share over the highest: 1 if sharing slows all alike',
    'p95 to baseline   p95 over that under baseline, the mean over the workers',
    'work/kJ           seconds of work alone that are done for each kilojoule',
    `granule           the smallest part of the device that a plan can give: ${name} has ${granules.length}, of ${listed(sizes.map(String))} compute unit${sizes.join() === '1' ? '' : 's'}`,
  ].join('\n')
}

function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${fixed(ratio)}x` : fixed(ratio)
}

/**
 * For each worker its normalized throughput, then its p95, then its deadlines if it has any. Workers
 * are rows, and policies are columns.
 */
export function workerTable(outcomes: readonly PolicyOutcome[], style: TableStyle): string {
  const { workers } = outcomes[0].metrics
  const head = (title: string): string[] => [
    title,
    ...outcomes.map(({ policy }) => policy.replaceAll('-', '-\n')),
  ]
  const rows = (text: (worker: WorkerMetrics) => string): string[][] =>
    workers.map(({ name }, i) => [name, ...outcomes.map(({ metrics }) => text(metrics.workers[i]))])
  const isOpen = workers.some(({ offeredPerSecond }) => offeredPerSecond !== null)
  const throughput = rows((worker) => fixed(worker.normalizedThroughput))
  const latency = rows((worker) => significant(worker.p95Ms))
  const hasDeadlines = workers.some(({ deadlinesMet }) => deadlinesMet !== undefined)
  const deadlines = rows(({ deadlinesMet }) =>
    deadlinesMet === undefined ? '-' : percentToTenths(deadlinesMet),
  )
  return [
    textTable(head(isOpen ? 'rate, of alone' : 'rate, of solo'), throughput, style),
    textTable(head('p95, ms'), latency, style),
    ...(hasDeadlines ? [textTable(head('deadlines met'), deadlines, style)] : []),
  ].join('\n')
}
