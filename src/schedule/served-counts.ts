import { LogHistogram } from './histogram.js'

/** What became of one model's requests that count: those that arrived after the warm-up. */
export class ServedCounts {
  offered = 0
  /** Answered within the target. */
  inTime = 0
  answered = 0
  dropped = 0
  /** Latency of what was answered, in µs from arrival. */
  readonly latencyUs = new LogHistogram()
  /** Launches, and samples in them: their ratio is the mean batch. */
  launches = 0
  samples = 0

  /** A request is answered. */
  answer(latencyUs: number, isInTime: boolean): void {
    this.answered++
    if (isInTime) this.inTime++
    this.latencyUs.record(latencyUs)
  }

  /** Requests that are known to miss their target: late or dropped. */
  get missed(): number {
    return this.answered - this.inTime + this.dropped
  }

  /** The share of the requests that were answered within the target; NaN where none was offered. */
  get attainment(): number {
    return this.inTime / this.offered
  }

  /** Whether so large a share was answered within the target; where none was offered, none missed it. */
  attains(quantile: number): boolean {
    return this.offered === 0 || this.attainment >= quantile
  }
}
