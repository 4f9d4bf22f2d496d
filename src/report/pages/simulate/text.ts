import type { Judged } from '../../../evaluate/judge.js'
import type { Plan } from '../../../plan/plan.js'
import { fixed, significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'
import { verdictText } from '../plan/verdict.js'
import { workloadText } from '../plan/workload-table.js'

/** A simulated plan: whether it keeps its targets, its workload, then each worker, then all of them together. */
export function simulationText(
  plan: Plan,
  { judgement, metrics }: Judged,
  style: TableStyle,
): string {
  const head = ['worker', 'of alone', 'p50 ms', 'p95 ms', 'p99 ms', 'switches']
  const rows = metrics.workers.map((worker) => [
    worker.name,
    fixed(worker.normalizedThroughput),
    significant(worker.p50Ms),
    significant(worker.p95Ms),
    significant(worker.p99Ms),
    `${worker.switchesPerRequest}`,
  ])
  const verdict = verdictText(judgement)
  return [
    ...(verdict === undefined ? [] : [verdict, '']),
    `${workloadText(judgement, plan, style)}\n`,
    textTable(head, rows, style),
    `weighted speedup ${fixed(metrics.weightedSpeedup)}, fairness ${fixed(metrics.fairness)}, ${fixed(metrics.powerW, 0)} W, ${significant(metrics.requestsPerJoule)} requests per joule`,
  ].join('\n')
}
