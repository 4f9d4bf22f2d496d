import { describe, InputError } from '../../errors.js'
import { EventQueue } from '../../event-queue.js'
import { LogHistogram } from '../histogram.js'
import { SchedulingCore } from './core.js'
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
  /** Requests at the start that are left out of the statistics while the queues fill. */
  readonly warmup: number
  /** Stop as soon as more requests than this were late. If absent, run to the end. */
  readonly stopAfterLate?: number
  /**
   * Factor from the table's to the real time of a launch, by the position in arrival order of its
   * oldest request. If absent, launches take as long as the table says.
   */
  readonly slowdowns?: Float64Array
}

export interface QueueResult {
  /** Requests that count: those that finished after the warm-up. */
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
  /** Most requests in flight at once, rounded up to a power of two. Memory grows with it. */
  readonly poolCapacity: number
}

/**
 * Drives the scheduling core with a virtual clock, which advances to the next arrival or to the
 * earliest end of a running launch. If both fall on the same time, the launch ends first, so that
 * the new request finds its partition idle.
 * @throws InputError for a rate that is not above 0
 */
export function runQueue(run: QueueRun): QueueResult {
  assertRate(run.ratePerS)
  const { table, requests, slaUs, slowdowns } = run
  const stride = table.maxBatch + 1
  const stopAfterLate = run.stopAfterLate ?? Number.POSITIVE_INFINITY
  const meanGapUs = 1e6 / run.ratePerS
  const ends = new EventQueue(table.partitions)
  const tally = new QueueTally(run)
  let nowUs = 0

  const core = new SchedulingCore(table, slaUs, run.scheduler, {
    launch(partition, samples) {
      const slowdown = slowdowns === undefined ? 1 : slowdowns[core.tagsRunningOn(partition)[0]]
      const tookUs = table.estimateUs[partition * stride + samples] * slowdown
      tally.launch(nowUs, partition, tookUs)
      ends.push(nowUs + tookUs, partition)
    },
    complete: (tag, arrivalUs, partition) => tally.complete(nowUs, tag, arrivalUs, partition),
  })

  let arrived = 0
  let nextUs = 0
  let more = requests.advance()
  while (tally.late <= stopAfterLate && (more || ends.size > 0)) {
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
  const stopped = tally.late > stopAfterLate
  return { ...tally.result(), stopped, durationUs: nowUs, poolCapacity: core.poolCapacity }
}

function assertRate(ratePerS: number): void {
  if (ratePerS > 0 && Number.isFinite(ratePerS)) return
  const expected = 'a rate above 0'
  throw new InputError({ file: 'ratePerS', expected, found: describe(ratePerS) })
}

/** Running totals for the launches and requests of a run. Times in µs. */
class QueueTally {
  /** Requests after the warm-up that took longer than the target. */
  late = 0
  readonly #slaUs: number
  readonly #warmup: number
  readonly #latency = new LogHistogram()
  readonly #busyUs: Float64Array
  readonly #served: Float64Array
  /** When the launch on each partition started. */
  readonly #startedUs: Float64Array
  #waitedUs = 0

  constructor({ table: { partitions }, slaUs, warmup }: QueueRun) {
    this.#slaUs = slaUs
    this.#warmup = warmup
    this.#busyUs = new Float64Array(partitions)
    this.#served = new Float64Array(partitions)
    this.#startedUs = new Float64Array(partitions)
  }

  launch(nowUs: number, partition: number, tookUs: number): void {
    this.#startedUs[partition] = nowUs
    this.#busyUs[partition] += tookUs
  }

  complete(nowUs: number, tag: number, arrivalUs: number, partition: number): void {
    this.#served[partition]++
    if (tag < this.#warmup) return
    const latencyUs = nowUs - arrivalUs
    this.#latency.record(latencyUs)
    this.#waitedUs += this.#startedUs[partition] - arrivalUs
    if (latencyUs > this.#slaUs) this.late++
  }

  result(): Omit<QueueResult, 'stopped' | 'durationUs' | 'poolCapacity'> {
    const { count } = this.#latency
    return {
      counted: count,
      late: this.late,
      latency: this.#latency,
      meanWaitUs: this.#waitedUs / count,
      busyUs: this.#busyUs,
      served: this.#served,
    }
  }
}
