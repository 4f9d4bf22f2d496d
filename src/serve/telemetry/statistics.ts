import { getOrMake } from '../../maps.js'
import type { InferTimes } from '../backend/backend.js'
import { LatencyHistogram } from './latency-histogram.js'
import { RecentLatencies } from './recent-latencies.js'

/** The seconds that the latest rates, latencies and attainment cover. */
export const WINDOW_S = 10

/** How often something happened, and how long it took altogether. */
export class DurationStatistic {
  count = 0
  totalUs = 0

  add(durationUs: number): void {
    this.count++
    this.totalUs += durationUs
  }

  /** Nanoseconds, because the protocol counts in them. */
  get ns(): number {
    return Math.round(this.totalUs * 1000)
  }
}

/** The time that launches of one batch size took. */
export interface BatchStatistics {
  readonly input: DurationStatistic
  readonly compute: DurationStatistic
  readonly output: DurationStatistic
}

/** Everything that has been counted for one model since the server started. */
export class ModelStatistics {
  /** Wall clock, ms since 1970; 0 before the first request. */
  lastInferenceMs = 0
  /** Rows answered. */
  inferenceCount = 0
  /** Launches. */
  executionCount = 0
  readonly success = new DurationStatistic()
  readonly fail = new DurationStatistic()
  readonly queue = new DurationStatistic()
  readonly input = new DurationStatistic()
  readonly compute = new DurationStatistic()
  readonly output = new DurationStatistic()
  readonly byBatch = new Map<number, BatchStatistics>()
  readonly latency = new LatencyHistogram()
  /** The latencies of the last seconds. The observer ends an interval once a second. */
  readonly recent = new RecentLatencies(WINDOW_S)

  answered(nowMs: number, rows: number, durationUs: number, times: InferTimes): void {
    this.lastInferenceMs = nowMs
    this.inferenceCount += rows
    this.success.add(durationUs)
    this.queue.add(times.queueUs)
    this.input.add(times.inputUs)
    this.compute.add(times.computeUs)
    this.output.add(times.outputUs)
    this.latency.add(durationUs)
    this.recent.add(durationUs)
  }

  notAnswered(nowMs: number, durationUs: number): void {
    this.lastInferenceMs = nowMs
    this.fail.add(durationUs)
  }

  launched(rows: number, times: Omit<InferTimes, 'queueUs'>): void {
    this.executionCount++
    const batch = getOrMake(this.byBatch, rows, () => ({
      input: new DurationStatistic(),
      compute: new DurationStatistic(),
      output: new DurationStatistic(),
    }))
    batch.input.add(times.inputUs)
    batch.compute.add(times.computeUs)
    batch.output.add(times.outputUs)
  }
}
