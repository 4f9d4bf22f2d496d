import { mean, quantileSorted, sum } from '../numbers.js'
import type { SimulationResult, WorkerResult } from './result.js'

/** Metrics of one worker; symbols and formulas in docs/metrics.md. */
export interface WorkerMetrics {
  readonly name: string
  /** Requests that arrived per second; null in a closed loop. */
  readonly offeredPerSecond: number | null
  readonly requestsPerSecond: number
  /** Rate divided by the rate that the worker would reach alone under the same load. */
  readonly normalizedThroughput: number
  /** Rate divided by the worker's rate alone in a closed loop on the whole device. */
  readonly shareOfSolo: number
  /**
   * Offered rate times mean time in service, so 1 and above means overload; null in a closed loop.
   */
  readonly utilisation: number | null
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  /** Share of the requests that ended within their deadline; absent if none has a deadline. */
  readonly deadlinesMet?: number
  readonly switchesPerRequest: number
}

/** Metrics of a mix under one plan; symbols and formulas in docs/metrics.md. */
export interface Metrics {
  readonly workers: readonly WorkerMetrics[]
  /** Sum of the shares of solo rates (Eyerman and Eeckhout's STP). */
  readonly weightedSpeedup: number
  /** Lowest divided by highest normalized throughput. */
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
  const weightedSpeedup = sum(workers.map((worker) => worker.shareOfSolo))
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
    offeredPerSecond: worker.offeredPerSecond,
    requestsPerSecond: worker.requestsPerSecond,
    normalizedThroughput: normalizedThroughput(worker, soloRate),
    shareOfSolo: worker.requestsPerSecond / soloRate,
    utilisation: utilisationOf(worker),
    p50Ms: latencyMs(0.5),
    p95Ms: latencyMs(0.95),
    p99Ms: latencyMs(0.99),
    ...(worker.deadlineUs !== undefined && {
      deadlinesMet: shareWithin(worker.latenciesUs, worker.deadlineUs),
    }),
    switchesPerRequest: worker.switchesPerRequest,
  }
}

/**
 * Alone, a worker would serve everything it is offered, up to its solo rate; a closed loop always
 * reaches that rate. Requests left over from before the window do not count as a gain.
 */
export function normalizedThroughput(
  {
    requestsPerSecond,
    offeredPerSecond,
  }: Pick<WorkerResult, 'requestsPerSecond' | 'offeredPerSecond'>,
  soloRate: number,
): number {
  if (offeredPerSecond === null) return requestsPerSecond / soloRate
  const alone = Math.min(offeredPerSecond, soloRate)
  return alone === 0 ? 1 : Math.min(1, requestsPerSecond / alone)
}

/** Whether a worker was offered nothing and completed nothing. Such a run tells nothing about its latencies. */
export function isIdle({
  offeredPerSecond,
  p95Ms,
}: Pick<WorkerMetrics, 'offeredPerSecond' | 'p95Ms'>): boolean {
  return offeredPerSecond === 0 && Number.isNaN(p95Ms)
}

/** Share of ascending latencies that are within the deadline; 0 for a worker that completed nothing. */
function shareWithin(latenciesUs: Float64Array, deadlineUs: number): number {
  if (latenciesUs.length === 0) return 0
  const late = latenciesUs.findIndex((us) => us > deadlineUs)
  return late < 0 ? 1 : late / latenciesUs.length
}

/**
 * Offered rate times mean time in service, where the latter is busy time over requests served,
 * fractions included.
 */
function utilisationOf(worker: WorkerResult): number | null {
  const { offeredPerSecond, requestsPerSecond, busyShare } = worker
  if (offeredPerSecond === null) return null
  return offeredPerSecond === 0 ? 0 : (offeredPerSecond * busyShare) / requestsPerSecond
}

/** Mean over workers of the p95, each divided by the p95 of the same worker in the reference. */
export function meanRelativeP95(metrics: Metrics, reference: Metrics): number {
  return mean(metrics.workers.map((worker, i) => worker.p95Ms / reference.workers[i].p95Ms))
}
