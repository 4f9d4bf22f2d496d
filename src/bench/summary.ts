import { mean, sum } from '../numbers.js'
import { normalizedThroughput } from '../simulate/metrics.js'
import { offeredRate } from '../workload/load.js'
import { CLOSED_LOOP, type Load } from '../workload/scenario.js'
import type { Contestant, MeasuredWindow } from './contest.js'

/** A mean over repeats, and how much they scatter. */
export interface Spread {
  readonly mean: number
  /** The difference between the highest and the lowest, divided by the mean. */
  readonly relative: number
}

/** Results of one worker over all repeats. */
export interface WorkerSummary {
  readonly requestsPerSecond: number
  /** Rate divided by the rate that the worker would reach alone under the same load. */
  readonly normalizedThroughput: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** Results of a contestant, in the metrics of docs/metrics.md. */
export interface Summary {
  readonly name: string
  /** Why it did not run or did not finish, in which case figures may be NaN. */
  readonly failed: string | undefined
  readonly weightedSpeedup: Spread
  readonly predictedWeightedSpeedup: number | undefined
  readonly powerW: Spread | undefined
  /** Weighted speedup per kilowatt. */
  readonly workPerKilojoule: number | undefined
  readonly lowestWorker: number
  readonly workers: readonly WorkerSummary[]
}

/**
 * @param soloRates each worker's requests per second alone on the whole device
 * @param loads each worker's load. If absent, all workers run in closed loops
 */
export function summarize(
  contestant: Contestant,
  soloRates: readonly number[],
  loads: readonly Load[] = soloRates.map(() => CLOSED_LOOP),
): Summary {
  const { windows } = contestant
  const workers = soloRates.map((soloRate, i) => summarizeWorker(windows, i, soloRate, loads[i]))
  const weightedSpeedup = spreadOf(
    windows.map((window) => sum(window.workers.map((w, i) => w.requestsPerSecond / soloRates[i]))),
  )
  const powersW = windows.flatMap(({ powerW }) => (powerW === undefined ? [] : [powerW]))
  const powerW = powersW.length > 0 ? spreadOf(powersW) : undefined
  return {
    name: contestant.name,
    failed: contestant.failed,
    weightedSpeedup,
    predictedWeightedSpeedup: contestant.predictedSpeedup,
    powerW,
    workPerKilojoule: powerW && (1000 * weightedSpeedup.mean) / powerW.mean,
    lowestWorker: Math.min(...workers.map((worker) => worker.normalizedThroughput)),
    workers,
  }
}

function summarizeWorker(
  windows: readonly MeasuredWindow[],
  index: number,
  soloRate: number,
  load: Load,
): WorkerSummary {
  const measured = windows.map((window) => window.workers[index])
  const requestsPerSecond = mean(measured.map((worker) => worker.requestsPerSecond))
  return {
    requestsPerSecond,
    normalizedThroughput: normalizedThroughput(
      { requestsPerSecond, offeredPerSecond: offeredRate(load) },
      soloRate,
    ),
    p50Ms: mean(measured.map((worker) => worker.p50Ms)),
    p95Ms: mean(measured.map((worker) => worker.p95Ms)),
    p99Ms: mean(measured.map((worker) => worker.p99Ms)),
  }
}

function spreadOf(values: readonly number[]): Spread {
  const average = mean(values)
  return { mean: average, relative: (Math.max(...values) - Math.min(...values)) / average }
}
