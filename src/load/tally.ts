import { build, type Histogram } from 'hdr-histogram-js'
import { addTo } from '../maps.js'
import type { Ending, Reply } from './client/client.js'

/** The longest latency that is recorded exactly, in µs: one hour. */
const LONGEST_US = 3600e6

/**
 * Counts latencies in µs to three significant digits, in constant memory. It is an HdrHistogram,
 * because a load's result contains it in that format, for other programs to read and to merge.
 */
export function latencyHistogram(): Histogram {
  return build({ highestTrackableValue: LONGEST_US, numberOfSignificantValueDigits: 3 })
}

export function recordUs(histogram: Histogram, us: number): void {
  histogram.recordValue(Math.min(LONGEST_US, Math.max(0, Math.round(us))))
}

/**
 * How many reasons are kept apart, since a server that puts an id into every message must not fill
 * the memory.
 */
const MOST_REASONS = 20
const OTHER_REASONS = 'other reasons'

/** What happened in one second of the measurement. */
export interface Second {
  readonly sent: number
  readonly answered: number
  readonly refused: number
  readonly dropped: number
  readonly failed: number
  /** Latency of the requests answered in this second; undefined if there are none. */
  readonly latencyMs?: { readonly p50: number; readonly p95: number; readonly p99: number }
}

/** Outcomes of one model's requests. */
export class Tally {
  sent = 0
  readonly endings: Record<Ending, number> = { answered: 0, refused: 0, dropped: 0, failed: 0 }
  /** Answers that came while requests were still being sent, on which throughput is based. */
  answeredInWindow = 0
  /** Answered within the target. */
  inTime = 0
  /** How many times each reason was given for requests that were not answered. */
  readonly reasons = new Map<string, number>()
  /** Latencies of the answered requests, in µs. */
  readonly latency = latencyHistogram()
  readonly seconds: Second[] = []
  readonly #targetUs: number
  readonly #thisSecond = latencyHistogram()
  #counted = { sent: 0, answered: 0, refused: 0, dropped: 0, failed: 0 }

  constructor(targetUs: number) {
    this.#targetUs = targetUs
  }

  get underWay(): number {
    const { answered, refused, dropped, failed } = this.endings
    return this.sent - answered - refused - dropped - failed
  }

  /** @param atS seconds since the measurement started, no less than in any earlier call */
  left(atS: number): void {
    this.#turnTo(atS)
    this.sent++
    this.#counted.sent++
  }

  /** @param latencyUs time in µs since the request was due */
  ended(atS: number, { ending, reason }: Reply, latencyUs: number): void {
    this.#turnTo(atS)
    this.endings[ending]++
    this.#counted[ending]++
    if (ending === 'answered') {
      recordUs(this.latency, latencyUs)
      recordUs(this.#thisSecond, latencyUs)
      if (latencyUs <= this.#targetUs) this.inTime++
    } else this.#giveReason(reason, 1)
  }

  /** Counts what is still under way as failed in the last second, and closes that. */
  close(atS: number, reason: string): void {
    const { underWay } = this
    const seconds = Math.ceil(atS)
    this.#turnTo(seconds - 1)
    this.endings.failed += underWay
    this.#counted.failed += underWay
    if (underWay > 0) this.#giveReason(reason, underWay)
    this.#turnTo(seconds)
  }

  #giveReason(reason: string, times: number): void {
    const isKnown = this.reasons.has(reason) || this.reasons.size < MOST_REASONS
    const key = isKnown ? reason : OTHER_REASONS
    addTo(this.reasons, key, times)
  }

  #turnTo(atS: number): void {
    while (this.seconds.length < Math.floor(atS)) {
      this.seconds.push({ ...this.#counted, ...latencyOf(this.#thisSecond) })
      this.#counted = { sent: 0, answered: 0, refused: 0, dropped: 0, failed: 0 }
      this.#thisSecond.reset()
    }
  }
}

function latencyOf(histogram: Histogram): Pick<Second, 'latencyMs'> {
  if (histogram.totalCount === 0) return {}
  const ms = (percentile: number): number => quantileMs(histogram, percentile)
  return { latencyMs: { p50: ms(50), p95: ms(95), p99: ms(99) } }
}

/**
 * A percentile of latencies in µs, converted to ms; 0 if there are none. The histogram returns the end of a bucket,
 * which may lie beyond the largest latency.
 */
export function quantileMs(latency: Histogram, percentile: number): number {
  if (latency.totalCount === 0) return 0
  return Math.min(latency.getValueAtPercentile(percentile), latency.maxValue) / 1000
}
