import { describe, InputError } from '../errors.js'
import { EventQueue } from '../event-queue.js'
import { SchedulingCore } from './core.js'
import { LogHistogram } from './histogram.js'
import type { RequestSource } from './requests.js'
import type { Scheduler } from './scheduler.js'
import type { ServiceTable } from './view.js'

export interface QueueRun {
  readonly table: ServiceTable
  readonly scheduler: Scheduler
  readonly requests: RequestSource
  /** Arrival rate, requests per second. */
  readonly ratePerS: number
  /** Latency target, µs. */
  readonly slaUs: number
  /** Requests at the start left out of the statistics, while queues fill. */
  readonly warmup: number
  /** Stop as soon as more requests than this were late; without it, run to the end. */
  readonly stopAfterLate?: number
  /** How long a launch really takes, in µs; without it, as long as the table says. */
  readonly serviceUs?: (partition: number, samples: number) => number
  /** How many times that it takes, by the oldest request in the launch in order of arrival. */
  readonly slowdowns?: Float64Array
}

export interface QueueResult {
  /** Requests that count: finished, after the warm-up. */
  readonly counted: number
  /** How many of them took longer than the target. */
  readonly late: number
  /** True when the run was stopped by `stopAfterLate`. */
  readonly stopped: boolean
  /** Latency from arrival to completion, µs. */
  readonly latency: LogHistogram
  /** Mean time from arrival to the start of the launch, µs. */
  readonly meanWaitUs: number
  /** Simulated time from the first arrival to the last completion, µs. */
  readonly durationUs: number
  /** Time each partition was busy, µs. */
  readonly busyUs: Float64Array
  /** Requests each partition served. */
  readonly served: Float64Array
  /**
   * Most requests that were in flight at once, rounded up to a power of two; memory grows with it.
   */
  readonly poolCapacity: number
}

/**
 * Drives the scheduling core with a virtual clock, which moves on to the next arrival or to the
 * earliest end of a running launch. When both fall on the same time the launch ends first, so that
 * the new request finds its partition idle.
 * @throws InputError for a rate that is not above 0
 */
export function runQueue(run: QueueRun): QueueResult {
  const { table, requests, slaUs, warmup } = run
  if (!(run.ratePerS > 0) || !Number.isFinite(run.ratePerS)) {
    const found = describe(run.ratePerS)
    throw new InputError({ file: 'ratePerS', path: '', expected: 'a rate above 0', found })
  }
  const stride = table.maxBatch + 1
  const serviceUs =
    run.serviceUs ?? ((partition, samples) => table.estimateUs[partition * stride + samples])
  const { slowdowns } = run
  const stopAfterLate = run.stopAfterLate ?? Number.POSITIVE_INFINITY
  const meanGapUs = 1e6 / run.ratePerS
  const ends = new EventQueue(table.partitions)
  const latency = new LogHistogram()
  const busyUs = new Float64Array(table.partitions)
  const served = new Float64Array(table.partitions)
  const startedUs = new Float64Array(table.partitions)
  let nowUs = 0
  let late = 0
  let waitedUs = 0

  const core = new SchedulingCore(table, slaUs, run.scheduler, {
    launch(partition, samples) {
      const [oldest] = slowdowns === undefined ? [] : core.tagsRunningOn(partition)
      const took = serviceUs(partition, samples) * (slowdowns?.[oldest] ?? 1)
      startedUs[partition] = nowUs
      busyUs[partition] += took
      ends.push(nowUs + took, partition)
    },
    complete(tag, arrivalUs, partition) {
      served[partition]++
      if (tag < warmup) return
      latency.record(nowUs - arrivalUs)
      waitedUs += startedUs[partition] - arrivalUs
      if (nowUs - arrivalUs > slaUs) late++
    },
  })

  let arrived = 0
  let nextUs = 0
  let more = requests.advance()
  while (late <= stopAfterLate && (more || ends.size > 0)) {
    if (more && nextUs < ends.nextUs) {
      nowUs = nextUs
      core.arrive(nowUs, requests.batch, arrived++)
      more = requests.advance()
      nextUs += requests.gap * meanGapUs
    } else {
      nowUs = ends.nextUs
      core.finish(nowUs, ends.pop())
    }
  }
  return {
    counted: latency.count,
    late,
    stopped: late > stopAfterLate,
    latency,
    meanWaitUs: waitedUs / latency.count,
    durationUs: nowUs,
    busyUs,
    served,
    poolCapacity: core.poolCapacity,
  }
}
