import pc from 'picocolors'
import {
  baselineOf,
  bestOf,
  meanSwitches,
  type PolicyOutcome,
  relativeP95,
} from '../../../evaluate/outcome.js'
import type { WorkerMetrics } from '../../../simulate/metrics.js'
import { change, compact, fixed, significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

type Paint = ReturnType<typeof pc.createColors>

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
