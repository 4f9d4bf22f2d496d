import type { Random } from '../../random.js'
import { offeredRate } from '../../workload/load.js'
import type { Load, Scenario } from '../../workload/scenario.js'
import type { SimulationOptions, WorkerResult } from '../result.js'
import { type Arrivals, arrivalsOf } from './arrivals.js'
import { REQUEST_ARRIVAL } from './clock.js'
import {
  type EngineParts,
  type RequestScheduler,
  startRequest,
  stopRequest,
} from './request-scheduler.js'
import { progressByRow, Requests } from './requests.js'

/**
 * The first requests of closed loops arrive at random within this many µs, so that equal workers do
 * not run in step.
 */
export const FIRST_ARRIVALS_US = 1000

/** Takes the requests of all workers from arrival to end. Each worker serves one at a time. */
export class WorkerScheduler implements RequestScheduler {
  readonly #parts: EngineParts
  readonly #scenario: Scenario
  readonly #requests: readonly Requests[]
  readonly #arrivals: readonly Arrivals[]
  readonly #progress: Float64Array
  readonly #onArrival: SimulationOptions['onArrival']

  constructor(
    parts: EngineParts,
    scenario: Scenario,
    random: Random,
    onArrival: SimulationOptions['onArrival'],
  ) {
    const { clock, program } = parts
    this.#parts = parts
    this.#onArrival = onArrival
    this.#scenario = scenario
    this.#requests = scenario.workers.map(() => new Requests())
    this.#progress = progressByRow(program)
    this.#arrivals = scenario.workers.map((worker) => arrivalsOf(worker.load, random))
    scenario.workers.forEach((_, w) => {
      const firstUs = this.#isClosed(w) ? random.uniform() * FIRST_ARRIVALS_US : this.#arrivals[w]()
      clock.schedule(firstUs, REQUEST_ARRIVAL, w)
    })
  }

  /** Requests that a worker has finished, warm-up included. */
  finished(worker: number): number {
    return this.#requests[worker].finished
  }

  /** Requests that wait for each worker, behind the one it serves. */
  get waiting(): number[] {
    return this.#requests.map((requests) => requests.waiting)
  }

  /** A request arrives now. */
  arrive(worker: number): void {
    this.#onArrival?.(worker, this.#parts.clock.nowUs)
    if (this.#requests[worker].arrive(this.#parts.clock.nowUs)) startRequest(this.#parts, worker)
    this.#parts.clock.schedule(this.#arrivals[worker](), REQUEST_ARRIVAL, worker)
  }

  /** Loads need no waking. */
  wake(): void {}

  /** The request in flight ends now; a closed loop sends the next one at once. */
  end(worker: number): void {
    stopRequest(this.#parts, worker)
    if (this.#requests[worker].finish(this.#parts.clock.nowUs)) startRequest(this.#parts, worker)
    else if (this.#isClosed(worker)) this.arrive(worker)
  }

  /** Forgets everything measured so far, because the warm-up ends now. */
  reset(): void {
    this.#requests.forEach((requests, w) => {
      requests.reset(this.#work(w), this.#parts.clock.nowUs)
    })
  }

  /** Requests that each worker has done so far, including the finished fraction of the one in flight. */
  get work(): number[] {
    return this.#requests.map((_, w) => this.#work(w))
  }

  /** What each worker did since the reset, which was `seconds` ago. */
  results(seconds: number): WorkerResult[] {
    return this.#requests.map((requests, w) => {
      const { arrivalsPerSecond, ...measured } = requests.result(
        this.#work(w),
        this.#parts.clock.nowUs,
        seconds,
      )
      const { name, load } = this.#scenario.workers[w]
      return {
        name,
        ...measured,
        ...(load.kind === 'periodic' && { deadlineUs: load.deadlineUs }),
        offeredPerSecond: offeredIn(load, arrivalsPerSecond),
        switchesPerRequest: this.#parts.program.switches[w],
      }
    })
  }

  #isClosed(worker: number): boolean {
    return this.#scenario.workers[worker].load.kind === 'closed'
  }

  /** Requests done by the worker, including the finished fraction of the one in flight. */
  #work(worker: number): number {
    return (
      this.finished(worker) +
      this.#progress[this.#parts.machine.row[this.#parts.program.firstLane[worker]]]
    )
  }
}

/**
 * Requests offered per second of a window; null in a closed loop. A periodic load uses the rate of
 * its clock, because ticks at both ends of the window would count as one request too many.
 */
function offeredIn(load: Load, arrivalsPerSecond: number): number | null {
  return load.kind === 'closed' || load.kind === 'periodic' ? offeredRate(load) : arrivalsPerSecond
}
