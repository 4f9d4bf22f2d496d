import { WorkError } from '../../errors.js'
import { mean } from '../../numbers.js'
import { createRandom } from '../../random.js'
import { halfWidth95 } from './confidence.js'
import { type RequestRecord, replayRequests } from './requests.js'
import type { SchedulerKind } from './scheduler.js'
import { runQueue } from './simulator.js'
import type { ServiceTable } from './view.js'

export interface CapacityQuestion {
  readonly table: ServiceTable
  readonly scheduler: SchedulerKind
  readonly slaUs: number
  /** Share of requests that must meet the target: 0.95 for a p95. */
  readonly quantile: number
  /**
   * One recorded request stream per replication. Every pair that is compared gets the same streams.
   */
  readonly replications: readonly RequestRecord[]
  /** Relative width at which the bisection stops. */
  readonly tolerance: number
}

/**
 * Latency-bounded throughput: the highest arrival rate at which the quantile still meets the
 * target.
 */
export interface Capacity {
  /** Mean over the replications, requests per second. */
  readonly ratePerS: number
  /** Half width of the 95% confidence interval (Student's t), requests per second. */
  readonly halfWidthPerS: number
  /** The highest rate of each replication. */
  readonly perReplication: readonly number[]
}

/**
 * Share at the start of each stream that is simulated but not counted, while the queues fill up.
 */
export const WARMUP_SHARE = 0.1

/**
 * Bisects on the arrival rate, separately for each replication. A replication keeps its requests
 * and only stretches them in time, so whether it meets the target depends on the rate alone. The
 * spread between replications gives the confidence interval.
 * @throws WorkError where every rate meets the target
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
  // 1 - 0.9 is a little less than a tenth.
  const allowedLate = Math.floor((record.gaps.length - warmup) * (1 - question.quantile) + 1e-9)
  const result = runQueue({
    table: question.table,
    scheduler: question.scheduler.create(createRandom(1)),
    requests: replayRequests(record),
    slowdowns: record.slowdowns,
    ratePerS,
    slaUs: question.slaUs,
    warmup,
    stopAfterLate: allowedLate,
  })
  return !result.stopped
}

/** No real capacity is this far from the guess. */
const WIDEST_STEP = 1e4

const UNLIMITED =
  'every rate meets the target: it is longer than all requests of the run together take'

function bisect(question: CapacityQuestion, record: RequestRecord, guess: number): number {
  const meets = (rate: number): boolean => meetsTarget(question, record, rate)
  let [low, high] = bracket(meets, guess)
  while (high - low > question.tolerance * high) {
    const middle = (low + high) / 2
    if (meets(middle)) low = middle
    else high = middle
  }
  return low
}

/**
 * A rate that meets the target and one that does not; both are 0 if no rate meets it. The search
 * moves outwards from the guess. Its first step is 4%, and each step is the square of the one
 * before, since the guess is usually good.
 * @throws WorkError if every rate meets the target
 */
function bracket(meets: (rate: number) => boolean, guess: number): [low: number, high: number] {
  const isLow = meets(guess)
  let rate = guess
  for (let step = 1.04; ; step *= step) {
    const next = isLow ? guess * step : guess / step
    if (meets(next) !== isLow) return isLow ? [rate, next] : [next, rate]
    if (step > WIDEST_STEP) {
      // At this rate all requests arrive practically at once and are still in time, so no rate is
      // too high for so few of them.
      if (isLow) throw new WorkError(UNLIMITED)
      // If the target is missed this far below any plausible rate, even an idle system misses it.
      return [0, 0]
    }
    rate = next
  }
}

/** A first guess: 70% of the rate at which every partition is always busy. */
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
