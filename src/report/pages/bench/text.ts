import type { Summary } from '../../../bench/summary.js'
import { change, fixed, percentToTenths } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** What `eclip bench` prints. */
export interface BenchResult {
  /** Names of the workers. */
  readonly workers: readonly string[]
  /** Each worker's requests per second alone on the whole device. */
  readonly soloRates: readonly number[]
  /** The baseline first. */
  readonly summaries: readonly Summary[]
}

/** One row for each contestant, then what each worker does alone, then why contestants failed. */
export function benchText(
  { workers, soloRates, summaries }: BenchResult,
  style: TableStyle,
): string {
  const [baseline] = summaries
  const slowest = slowestWorker(baseline)
  const head = [
    'measured',
    'weighted\nspeedup',
    'spread',
    'predicted',
    'against\nbaseline',
    'power W',
    'work/J against\nbaseline',
    'lowest\nworker',
    `p95 ms of\n${workers[slowest]}`,
  ]
  const rows = summaries.map((summary) => [
    summary.name,
    fixed(summary.weightedSpeedup.mean, 3),
    percentToTenths(summary.weightedSpeedup.relative),
    fixed(summary.predictedWeightedSpeedup ?? Number.NaN, 3),
    change(summary.weightedSpeedup.mean, baseline.weightedSpeedup.mean),
    fixed(summary.powerW?.mean ?? Number.NaN, 0),
    change(summary.workPerKilojoule ?? Number.NaN, baseline.workPerKilojoule ?? Number.NaN),
    fixed(summary.lowestWorker, 3),
    fixed(summary.workers[slowest].p95Ms, 2),
  ])
  const alone = workers.map((worker, i) => `${worker} ${fixed(soloRates[i], 1)}`)
  const failures = summaries.flatMap(({ name, failed }) =>
    failed === undefined ? [] : [`${name} failed: ${failed}`],
  )
  const table = textTable(head, rows, style)
  return [table, `requests/s alone: ${alone.join(', ')}`, ...failures].join('\n')
}

/**
 * The worker that the reference slows down most. Anybody who shares a GPU looks at its latency
 * first.
 */
function slowestWorker({ workers }: Summary): number {
  const rates = workers.map((worker) => worker.normalizedThroughput)
  return Math.max(0, rates.indexOf(Math.min(...rates)))
}
