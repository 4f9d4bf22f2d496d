import type { Random } from '../../random.js'
import type { Scenario } from '../../workload/scenario.js'
import type { Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { WorkerResult } from '../result.js'
import { type Arrivals, arrivalsOf } from './arrivals.js'
import { type Clock, REQUEST_ARRIVAL, REQUEST_LAUNCH } from './clock.js'
import { progressByRow, Requests } from './requests.js'

/**
 * First requests of closed loops arrive at random within so many µs, so that equal workers do not
 * run in step.
 */
export const FIRST_ARRIVALS_US = 1000

/** Takes the requests of all workers from arrival to end: each worker serves one at a time. */
export class Service {
  readonly #clock: Clock
  readonly #machine: Machine
  readonly #program: Program
  readonly #scenario: Scenario
  readonly #requests: readonly Requests[]
  readonly #arrivals: readonly Arrivals[]
  readonly #progress: Float64Array

  constructor(
    clock: Clock,
    machine: Machine,
    program: Program,
    scenario: Scenario,
    random: Random,
  ) {
    this.#clock = clock
    this.#machine = machine
    this.#program = program
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

  /** A request arrives now. */
  arrive(worker: number): void {
    if (this.#requests[worker].arrive(this.#clock.nowUs)) this.#start(worker)
    this.#clock.schedule(this.#arrivals[worker](), REQUEST_ARRIVAL, worker)
  }

  /** The request in flight ends now; a closed loop sends the next one at once. */
  end(worker: number): void {
    const program = this.#program
    this.#machine.active--
    this.#machine.activity -= program.activity[worker]
    this.#machine.row[program.firstLane[worker]] = program.firstRow[worker]
    if (this.#requests[worker].finish(this.#clock.nowUs)) this.#start(worker)
    else if (this.#isClosed(worker)) this.arrive(worker)
  }

  /** Forgets what was measured so far: the warm-up ends now. */
  reset(): void {
    this.#requests.forEach((requests, w) => {
      requests.reset(this.#work(w), this.#clock.nowUs)
    })
  }

  /** What each worker did since the reset, `seconds` ago. */
  results(seconds: number): WorkerResult[] {
    return this.#requests.map((requests, w) => {
      const { arrivalsPerSecond, ...measured } = requests.result(
        this.#work(w),
        this.#clock.nowUs,
        seconds,
      )
      return {
        name: this.#scenario.workers[w].name,
        ...measured,
        offeredPerSecond: this.#isClosed(w) ? null : arrivalsPerSecond,
        switchesPerRequest: this.#program.switches[w],
      }
    })
  }

  #isClosed(worker: number): boolean {
    return this.#scenario.workers[worker].load.kind === 'closed'
  }

  /** The host turns to the worker's next request, and launches it a little later. */
  #start(worker: number): void {
    const machine = this.#machine
    machine.active++
    machine.activity += this.#program.activity[worker]
    const startUs = this.#clock.nowUs + this.#scenario.device.costs.hostTurnaroundUs
    machine.requestStartUs[worker] = startUs
    this.#clock.schedule(startUs, REQUEST_LAUNCH, worker)
  }

  /** Requests done by the worker, with the part that is done of the one in flight. */
  #work(worker: number): number {
    return (
      this.finished(worker) + this.#progress[this.#machine.row[this.#program.firstLane[worker]]]
    )
  }
}
