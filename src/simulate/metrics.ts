import { mean, quantileSorted, sum } from '../numbers.js'
import type { SimulationResult, WorkerResult } from './result.js'

/** Metrics of one worker; symbols and formulas in docs/metrics.md. */
export interface WorkerMetrics {
  readonly name: string
  readonly requestsPerSecond: number
  /** Rate over the worker's rate alone on the whole device. */
  readonly normalizedThroughput: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly switchesPerRequest: number
}

/** Metrics of a mix under one plan; symbols and formulas in docs/metrics.md. */
export interface Metrics {
  readonly workers: readonly WorkerMetrics[]
  /** Sum of normalized throughputs (Eyerman and Eeckhout's STP). */
  readonly weightedSpeedup: number
  /** Lowest over highest normalized throughput. */
  readonly fairness: number
  readonly lowestWorker: number
  readonly requestsPerSecond: number
  readonly powerW: number
  readonly joulesPerRequest: number
  readonly requestsPerJoule: number
  /** Weighted speedup per kW: solo-seconds of work per kJ. */
  readonly workPerKilojoule: number
  readonly cuUtilization: number
}

/**
 * Metrics of a result.
 * @param soloRates each worker's requests per second alone on the whole device
 */
export function metricsOf(result: SimulationResult, soloRates: readonly number[]): Metrics {
  const workers = result.workers.map((worker, i) => workerMetrics(worker, soloRates[i]))
  const normalized = workers.map((worker) => worker.normalizedThroughput)
  const weightedSpeedup = sum(normalized)
  const requestsPerSecond = sum(workers.map((worker) => worker.requestsPerSecond))
  return {
    workers,
    weightedSpeedup,
    fairness: Math.min(...normalized) / Math.max(...normalized),
    lowestWorker: Math.min(...normalized),
    requestsPerSecond,
    powerW: result.powerW,
    joulesPerRequest: result.powerW / requestsPerSecond,
    requestsPerJoule: requestsPerSecond / result.powerW,
    workPerKilojoule: (weightedSpeedup / result.powerW) * 1000,
    cuUtilization: result.cuUtilization,
  }
}

function workerMetrics(worker: WorkerResult, soloRate: number): WorkerMetrics {
  const latencyMs = (q: number): number => quantileSorted(worker.latenciesUs, q) / 1000
  return {
    name: worker.name,
    requestsPerSecond: worker.requestsPerSecond,
    normalizedThroughput: worker.requestsPerSecond / soloRate,
    p50Ms: latencyMs(0.5),
    p95Ms: latencyMs(0.95),
    p99Ms: latencyMs(0.99),
    switchesPerRequest: worker.switchesPerRequest,
  }
}

/** Mean over workers of the p95, each divided by the p95 of the same worker in the reference. */
export function meanRelativeP95(metrics: Metrics, reference: Metrics): number {
  return mean(metrics.workers.map((worker, i) => worker.p95Ms / reference.workers[i].p95Ms))
}
