import type { Program } from '../model/program.js'
import type { WorkerResult } from '../result.js'

/** A growing list of numbers on a typed array. */
class Numbers {
  #values = new Float64Array(256)
  #size = 0

  add(value: number): void {
    if (this.#size === this.#values.length) {
      const grown = new Float64Array(this.#size * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#size++] = value
  }

  get size(): number {
    return this.#size
  }

  ascending(): Float64Array {
    return this.#values.slice(0, this.#size).sort()
  }
}

/** What happened to the requests of one worker in a window. */
interface Measured
  extends Pick<WorkerResult, 'completed' | 'requestsPerSecond' | 'busyShare' | 'latenciesUs'> {
  readonly arrivalsPerSecond: number
}

/**
 * The requests of one worker: those that wait, the one in flight, and the latencies of those that
 * ended.
 */
export class Requests {
  /** Requests finished, warm-up included. */
  finished = 0
  serving = false
  #arrivedUs = 0
  /** Since the reset: the number of arrivals, and the time in which a request was in service. */
  #arrivals = 0
  #busyUs = 0
  /** If a request is in service, the time since which one has been without a pause. */
  #busySinceUs = 0
  readonly #waiting: number[] = []
  #waitingHead = 0
  #latencies = new Numbers()
  #workAtReset = 0

  /** Requests that wait behind the one in service. */
  get waiting(): number {
    return this.#waiting.length - this.#waitingHead
  }

  /** Accepts a request that arrived at `timeUs`. Returns true if the worker was idle and starts it now. */
  arrive(timeUs: number): boolean {
    this.#arrivals++
    if (this.serving) {
      this.#waiting.push(timeUs)
      return false
    }
    this.serving = true
    this.#arrivedUs = timeUs
    this.#busySinceUs = timeUs
    return true
  }

  /** Ends the request in flight. Returns true if another one was waiting and starts now. */
  finish(nowUs: number): boolean {
    this.finished++
    this.#latencies.add(nowUs - this.#arrivedUs)
    this.serving = this.#waitingHead < this.#waiting.length
    if (!this.serving) {
      this.#busyUs += nowUs - this.#busySinceUs
      return false
    }
    this.#arrivedUs = this.#waiting[this.#waitingHead++]
    return true
  }

  /** Forgets everything measured so far, as the warm-up ends after `work` requests, fractions included. */
  reset(work: number, nowUs: number): void {
    this.#latencies = new Numbers()
    this.#workAtReset = work
    this.#arrivals = 0
    this.#busyUs = 0
    this.#busySinceUs = nowUs
  }

  /** What was measured from the reset until now, after `work` requests, fractions included. */
  result(work: number, nowUs: number, seconds: number): Measured {
    const busyUs = this.#busyUs + (this.serving ? nowUs - this.#busySinceUs : 0)
    return {
      completed: this.#latencies.size,
      requestsPerSecond: (work - this.#workAtReset) / seconds,
      arrivalsPerSecond: this.#arrivals / seconds,
      busyShare: busyUs / (seconds * 1e6),
      latenciesUs: this.#latencies.ascending(),
    }
  }
}

/** Fraction of a request's solo time that precedes each of its kernels. */
export function progressByRow(program: Program): Float64Array {
  const progress = new Float64Array(program.blocks.length)
  for (let worker = 0; worker < program.workers; worker++) {
    const first = program.firstRow[worker]
    const last = first + program.rowCount[worker]
    let totalUs = 0
    for (let row = first; row < last; row++) {
      progress[row] = totalUs
      totalUs += program.soloUs[row]
    }
    for (let row = first; row < last; row++) progress[row] /= totalUs
  }
  return progress
}
