import { mean } from '../numbers.js'
import { createRandom } from '../random.js'
import { runQueue } from './queue-simulator.js'
import { type RequestRecord, replayRequests } from './requests.js'
import type { SchedulerKind } from './scheduler.js'
import type { ServiceTable } from './view.js'

export interface CapacityQuestion {
  readonly table: ServiceTable
  readonly scheduler: SchedulerKind
  readonly slaUs: number
  /** Share of requests that must meet the target: 0.95 for a p95. */
  readonly quantile: number
  /** One recorded request stream per replication; the same ones for every pair compared. */
  readonly replications: readonly RequestRecord[]
  /** Relative width at which the bisection stops. */
  readonly tolerance: number
}

/** Latency-bounded throughput: the highest rate whose quantile meets the target. */
export interface Capacity {
  /** Mean over the replications, requests per second. */
  readonly ratePerS: number
  /** Half width of the 95% confidence interval (Student's t), requests per second. */
  readonly halfWidthPerS: number
  /** Each replication's own highest rate. */
  readonly perReplication: readonly number[]
}

/** Share of each stream, from its start, that is run but not counted. */
export const WARMUP_SHARE = 0.1

/**
 * Bisection on the arrival rate, one replication at a time. Each replication keeps its stream and
 * only stretches it in time, so its answer is a step of one random variable, and the replications
 * give a confidence interval.
 */
export function findCapacity(question: CapacityQuestion): Capacity {
  const perReplication: number[] = []
  for (const record of question.replications) {
    const soFar = perReplication.length > 0 ? mean(perReplication) : 0
    perReplication.push(bisect(question, record, soFar > 0 ? soFar : fluidGuess(question, record)))
  }
  return {
    ratePerS: mean(perReplication),
    halfWidthPerS: halfWidth95(perReplication),
    perReplication,
  }
}

/** True when the stream, run at this rate, meets the target at the quantile. */
export function meetsTarget(
  question: CapacityQuestion,
  record: RequestRecord,
  ratePerS: number,
): boolean {
  const warmup = Math.floor(record.gaps.length * WARMUP_SHARE)
  const allowedLate = Math.floor((record.gaps.length - warmup) * (1 - question.quantile))
  const result = runQueue({
    table: question.table,
    scheduler: question.scheduler.create(createRandom(1)),
    requests: replayRequests(record),
    ratePerS,
    slaUs: question.slaUs,
    warmup,
    stopAfterLate: allowedLate,
  })
  return !result.stopped
}

function bisect(question: CapacityQuestion, record: RequestRecord, guess: number): number {
  let low = 0
  let high = guess
  const meets = (rate: number): boolean => meetsTarget(question, record, rate)
  // Widen by 4% steps that double, from a good guess outwards.
  let step = 1.04
  if (meets(guess)) {
    low = guess
    high = guess * step
    while (meets(high)) {
      low = high
      step *= step
      high = guess * step
    }
  } else {
    for (;;) {
      const lower = guess / step
      // Too far below any plausible rate: even an idle system misses the target.
      if (step > 1e4) return 0
      if (meets(lower)) {
        low = lower
        break
      }
      high = lower
      step *= step
    }
  }
  while (high - low > question.tolerance * high) {
    const middle = (low + high) / 2
    if (meets(middle)) low = middle
    else high = middle
  }
  return low
}

/** 70% of the rate at which partitions that took every request in turn would be always busy. */
function fluidGuess({ table }: CapacityQuestion, record: RequestRecord): number {
  const stride = table.maxBatch + 1
  let perUs = 0
  for (let partition = 0; partition < table.partitions; partition++) {
    let total = 0
    for (const batch of record.batches) total += table.estimateUs[partition * stride + batch]
    perUs += record.batches.length / total
  }
  return 0.7 * perUs * 1e6
}

/** Two-sided 95% quantiles of Student's t by degrees of freedom, from 1. */
const T_95 = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

/** Half width of the 95% confidence interval of the mean (Student's t); NaN below two values. */
export function halfWidth95(values: readonly number[]): number {
  const n = values.length
  if (n < 2) return Number.NaN
  const center = mean(values)
  const variance = values.reduce((sum, x) => sum + (x - center) ** 2, 0) / (n - 1)
  return (T_95[n - 2] ?? 1.96) * Math.sqrt(variance / n)
}
