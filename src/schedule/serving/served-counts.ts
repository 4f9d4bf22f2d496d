import { LogHistogram } from '../histogram.js'
import type { WaitingRequest } from './waiting-queue.js'

/** Outcomes of one model's requests. Only requests that arrived after the warm-up count. */
export class ServedCounts {
  offered = 0
  /** Answered within the target. */
  inTime = 0
  answered = 0
  dropped = 0
  /** Latency of the answered requests, in µs from their arrival. */
  readonly latencyUs = new LogHistogram()
  /** Number of launches, and samples in them: the ratio is the mean batch. */
  launches = 0
  samples = 0

  /** Counts a launch with its requests. */
  launch(requests: readonly Pick<WaitingRequest, 'samples'>[]): void {
    this.launches++
    for (const { samples } of requests) this.samples += samples
  }

  /** Counts a request that was answered. */
  answer(latencyUs: number, isInTime: boolean): void {
    this.answered++
    if (isInTime) this.inTime++
    this.latencyUs.record(latencyUs)
  }

  /** Requests that are known to miss their target: late or dropped. */
  get missed(): number {
    return this.answered - this.inTime + this.dropped
  }

  /** Share of the requests that were answered within the target; NaN if none were offered. */
  get attainment(): number {
    return this.inTime / this.offered
  }

  /**
   * Whether at least this share was answered within the target. If no requests were offered, none
   * missed it.
   */
  attains(quantile: number): boolean {
    return this.offered === 0 || this.attainment >= quantile
  }
}
