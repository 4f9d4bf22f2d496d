import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import { buildPlan, PoolBuilder } from '../../../plan/build.js'
import type { Interval, Judgement } from '../../../plan/judgement.js'
import type { Metrics } from '../../../simulate/metrics.js'
import { tinyScenario } from '../../tiny-mix.test.fixture.js'

/** The numbers that decide an outcome: the normalized throughput of each worker, and the power. */
export interface OutcomeNumbers {
  readonly normalized: readonly number[]
  readonly powerW: number
}

export function metricsWith({ normalized, powerW }: OutcomeNumbers): Metrics {
  const weightedSpeedup = normalized.reduce((a, b) => a + b, 0)
  const requestsPerSecond = weightedSpeedup * 100
  return {
    workers: normalized.map((share, i) => ({
      name: tinyScenario.workers[i].name,
      offeredPerSecond: null,
      requestsPerSecond: share * 100,
      normalizedThroughput: share,
      shareOfSolo: share,
      utilisation: null,
      p50Ms: 8 / share,
      p95Ms: 10 / share,
      p99Ms: 11 / share,
      switchesPerRequest: 0,
    })),
    weightedSpeedup,
    fairness: Math.min(...normalized) / Math.max(...normalized),
    lowestWorker: Math.min(...normalized),
    requestsPerSecond,
    powerW,
    joulesPerRequest: powerW / requestsPerSecond,
    requestsPerJoule: requestsPerSecond / powerW,
    workPerKilojoule: (weightedSpeedup / powerW) * 1000,
    cuUtilization: 0.5,
  }
}

/** A judgement of workers in closed loops without targets. */
export function judgementWith({ workers }: Metrics): Judgement {
  const exactly = (mean: number): Interval => ({ mean, low: mean, high: mean })
  return {
    seeds: [2, 3, 4],
    warmupSeconds: 0.1,
    seconds: 1,
    headroom: null,
    workers: workers.map((worker) => ({
      name: worker.name,
      offeredPerSecond: worker.offeredPerSecond,
      servedPerSecond: worker.requestsPerSecond,
      utilisation: worker.utilisation,
      isOverloaded: false,
      normalizedThroughput: exactly(worker.normalizedThroughput),
      p95Ms: exactly(worker.p95Ms),
    })),
  }
}

/** An outcome of a plan that gives every kernel the whole device. */
export function outcome(policy: string, numbers: OutcomeNumbers): PolicyOutcome {
  const pool = new PoolBuilder()
  const partition = pool.pooled([0, 1, 2, 3], null)
  const groups = tinyScenario.workers.map(({ profile }) => [
    { kernels: profile.kernels.length, partition, priority: 0 },
  ])
  const evidence = { policy, parameters: {} }
  const draft = { mechanism: 'pooled', pool: pool.entries, groups, evidence } as const
  const metrics = metricsWith(numbers)
  return {
    policy,
    plan: buildPlan(tinyScenario, draft),
    metrics,
    lowest: metrics,
    highest: metrics,
    judgement: judgementWith(metrics),
  }
}
