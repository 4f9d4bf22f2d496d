import { mean } from '../numbers.js'
import type { Metrics, WorkerMetrics } from '../simulate/metrics.js'

/** How several numbers are combined into one. */
type Summary = (values: readonly number[]) => number

/** The mean of each metric over runs of one plan. A metric that some run lacks becomes NaN. */
export function meanOf(runs: readonly Metrics[]): Metrics {
  return summarised(runs, mean)
}

/** The lowest value of each metric in any of the runs. */
export function lowestOf(runs: readonly Metrics[]): Metrics {
  return summarised(runs, (values) => Math.min(...values))
}

/** The highest value of each metric in any of the runs. */
export function highestOf(runs: readonly Metrics[]): Metrics {
  return summarised(runs, (values) => Math.max(...values))
}

function summarised(runs: readonly Metrics[], summary: Summary): Metrics {
  const of = (metric: (run: Metrics) => number): number => summary(runs.map(metric))
  return {
    workers: runs[0].workers.map((_, w) =>
      summarisedWorker(
        runs.map(({ workers }) => workers[w]),
        summary,
      ),
    ),
    weightedSpeedup: of((run) => run.weightedSpeedup),
    fairness: of((run) => run.fairness),
    lowestWorker: of((run) => run.lowestWorker),
    requestsPerSecond: of((run) => run.requestsPerSecond),
    powerW: of((run) => run.powerW),
    joulesPerRequest: of((run) => run.joulesPerRequest),
    requestsPerJoule: of((run) => run.requestsPerJoule),
    workPerKilojoule: of((run) => run.workPerKilojoule),
    cuUtilization: of((run) => run.cuUtilization),
  }
}

function summarisedWorker(runs: readonly WorkerMetrics[], summary: Summary): WorkerMetrics {
  const of = (metric: (run: WorkerMetrics) => number): number => summary(runs.map(metric))
  const orNull = (metric: (run: WorkerMetrics) => number | null): number | null => {
    const values = runs.map(metric).filter((value) => value !== null)
    return values.length === 0 ? null : summary(values)
  }
  return {
    name: runs[0].name,
    offeredPerSecond: orNull((run) => run.offeredPerSecond),
    requestsPerSecond: of((run) => run.requestsPerSecond),
    normalizedThroughput: of((run) => run.normalizedThroughput),
    shareOfSolo: of((run) => run.shareOfSolo),
    utilisation: orNull((run) => run.utilisation),
    p50Ms: of((run) => run.p50Ms),
    p95Ms: of((run) => run.p95Ms),
    p99Ms: of((run) => run.p99Ms),
    ...(runs[0].deadlinesMet !== undefined && { deadlinesMet: of((run) => run.deadlinesMet!) }),
    switchesPerRequest: of((run) => run.switchesPerRequest),
  }
}
