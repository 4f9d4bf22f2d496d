import Table from 'cli-table3'
import pc from 'picocolors'
import {
  baselineOf,
  bestOf,
  meanSwitches,
  type PolicyOutcome,
  relativeP95,
} from '../compare/outcome.js'
import type { WorkerMetrics } from '../simulate/metrics.js'
import { change, compact, fixed, significant } from './format.js'

/** How a table meets its terminal. */
export interface TableStyle {
  /** `ansi` for a terminal, `plain` for a file or a pipe. */
  readonly colours: 'ansi' | 'plain'
}

type Paint = ReturnType<typeof pc.createColors>

const FRAMELESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

/**
 * A terminal table without frames: the first column to the left, numbers to the right.
 * @param head titles; may hold line breaks, and then end on the same line
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { colours }: TableStyle,
): string {
  const paint = pc.createColors(colours === 'ansi')
  const grid = new Table({
    chars: FRAMELESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    rowAligns: ['bottom'],
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  })
  grid.push(
    head.map((title) => paint.dim(title)),
    ...rows.map((row) => [...row]),
  )
  return `${grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

const HEAD = [
  'policy',
  'weighted\nspeedup',
  'change',
  'lowest\nworker',
  'fairness',
  'req/s',
  'p95 to\nbaseline',
  'power\nW',
  'work/kJ\nchange',
  'switches\n/request',
]

/** Metrics by policy, one row each, with changes relative to baseline; the best one stands out. */
export function policyTable(outcomes: readonly PolicyOutcome[], style: TableStyle): string {
  const paint = pc.createColors(style.colours === 'ansi')
  const base = baselineOf(outcomes)
  const best = bestOf(outcomes)
  const rows = outcomes.map((outcome) => {
    const { metrics } = outcome
    const row = [
      outcome.policy,
      fixed(metrics.weightedSpeedup),
      toned(metrics.weightedSpeedup, base.metrics.weightedSpeedup, outcome === base, paint),
      fixed(metrics.lowestWorker),
      fixed(metrics.fairness),
      fixed(metrics.requestsPerSecond, 0),
      times(relativeP95(outcome, base)),
      fixed(metrics.powerW, 0),
      toned(metrics.workPerKilojoule, base.metrics.workPerKilojoule, outcome === base, paint),
      compact(meanSwitches(outcome)),
    ]
    return outcome === best ? [paint.bold(row[0]), paint.bold(row[1]), ...row.slice(2)] : row
  })
  return textTable(HEAD, rows, style)
}

function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${fixed(ratio)}x` : fixed(ratio)
}

function toned(value: number, base: number, isBase: boolean, paint: Paint): string {
  if (isBase) return paint.dim('-')
  const text = change(value, base)
  if (text === change(1, 1)) return text
  return value > base ? paint.green(text) : paint.red(text)
}

/** Normalized throughput, then p95, of each worker: a row per worker, a column per policy. */
export function workerTable(outcomes: readonly PolicyOutcome[], style: TableStyle): string {
  const { workers } = outcomes[0].metrics
  const head = (title: string): string[] => [
    title,
    ...outcomes.map(({ policy }) => policy.replaceAll('-', '-\n')),
  ]
  const rows = (text: (worker: WorkerMetrics) => string): string[][] =>
    workers.map(({ name }, i) => [name, ...outcomes.map(({ metrics }) => text(metrics.workers[i]))])
  const throughput = rows((worker) => fixed(worker.normalizedThroughput))
  const latency = rows((worker) => significant(worker.p95Ms))
  return [
    textTable(head('rate, of solo'), throughput, style),
    textTable(head('p95, ms'), latency, style),
  ].join('\n')
}
