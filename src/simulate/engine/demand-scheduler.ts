import { ServingCore } from '../../schedule/serving/core.js'
import type { ServedCounts } from '../../schedule/serving/served-counts.js'
import type { ServingSetup } from '../../schedule/serving/setup.js'
import type { RequestStream } from '../../schedule/serving/simulator.js'
import type { WaitingRequest } from '../../schedule/serving/waiting-queue.js'
import type { WorkerResult } from '../result.js'
import { REQUEST_ARRIVAL, WAKE } from './clock.js'
import {
  type EngineParts,
  type RequestScheduler,
  startRequest,
  stopRequest,
} from './request-scheduler.js'

/** A demand served on the simulated device. */
export interface DemandRun {
  readonly setup: ServingSetup
  /** One per model of the setup. */
  readonly streams: readonly RequestStream[]
  /**
   * The worker that stands for an instance at a batch size. Of an instance's workers, only one runs
   * at a time.
   */
  workerOf(instance: number, batch: number): number
  /** No request arrives after this time. */
  readonly endUs: number
  /**
   * Time in µs from the decision to launch to the start on the device, plus the time from its end to the answer.
   * @param nth how many launches there were before this one
   */
  dispatchUs(instance: number, batch: number, nth: number): number
}

interface Launch {
  readonly instance: number
  readonly startUs: number
  readonly requests: readonly WaitingRequest[]
}

/** Lets a scheduling core decide what runs: requests arrive in queues and are launched by deadline. */
export class DemandScheduler implements RequestScheduler {
  readonly #models: readonly ServedCounts[]
  readonly #parts: EngineParts
  readonly #served: DemandRun
  readonly #core: ServingCore
  readonly #launches = new Map<number, Launch>()
  readonly #finished: number[]
  readonly #finishedAtReset: number[]
  /** Time in service since the reset, by worker. */
  readonly #busyUs: number[]
  #countsFromUs = Number.POSITIVE_INFINITY
  #nextTag = 0
  #launched = 0
  #wakesAtUs = Number.POSITIVE_INFINITY

  /** @param models receives the outcomes of the requests that arrive after the warm-up */
  constructor(parts: EngineParts, served: DemandRun, models: readonly ServedCounts[]) {
    // `dispatchUs` was fitted on launches beside one another, so it already contains what other launches add.
    this.#parts = { ...parts, hostTurnaroundPerWorkerUs: 0 }
    this.#served = served
    this.#models = models
    this.#finished = new Array<number>(parts.program.workers).fill(0)
    this.#finishedAtReset = [...this.#finished]
    this.#busyUs = [...this.#finished]
    this.#core = new ServingCore(served.setup, {
      launch: (instance, batch, level, requests) => this.#launch(instance, batch, level, requests),
      drop: ({ arrivalUs }, model) => {
        if (this.#counts(arrivalUs)) this.#models[model].dropped++
      },
    })
    served.streams.forEach((_, model) => {
      this.#scheduleArrival(model)
    })
  }

  arrive(model: number): void {
    const { setup, streams } = this.#served
    const { targetUs, priorityClass } = setup.models[model]
    const arrivalUs = this.#parts.clock.nowUs
    if (this.#counts(arrivalUs)) this.#models[model].offered++
    this.#core.arrive(arrivalUs, model, {
      tag: this.#nextTag++,
      samples: streams[model].samples,
      arrivalUs,
      deadlineUs: arrivalUs + targetUs,
      priorityClass,
    })
    this.#scheduleWake()
    this.#scheduleArrival(model)
  }

  wake(): void {
    this.#wakesAtUs = Number.POSITIVE_INFINITY
    this.#core.wake(this.#parts.clock.nowUs)
    this.#scheduleWake()
  }

  end(worker: number): void {
    const { nowUs } = this.#parts.clock
    stopRequest(this.#parts, worker)
    this.#finished[worker]++
    const { instance, startUs, requests } = this.#launches.get(worker)!
    if (this.#counts(nowUs)) this.#busyUs[worker] += nowUs - Math.max(startUs, this.#countsFromUs)
    this.#launches.delete(worker)
    const counts = this.#models[this.#served.setup.instances[instance]]
    for (const { arrivalUs, deadlineUs } of requests) {
      if (this.#counts(arrivalUs)) counts.answer(nowUs - arrivalUs, nowUs <= deadlineUs)
    }
    this.#core.finish(nowUs, instance)
    this.#scheduleWake()
  }

  finished(worker: number): number {
    return this.#finished[worker]
  }

  reset(): void {
    this.#countsFromUs = this.#parts.clock.nowUs
    this.#finished.forEach((count, worker) => {
      this.#finishedAtReset[worker] = count
    })
  }

  results(seconds: number): WorkerResult[] {
    return this.#finished.map((count, worker) => ({
      name: `${worker}`,
      completed: count - this.#finishedAtReset[worker],
      requestsPerSecond: (count - this.#finishedAtReset[worker]) / seconds,
      offeredPerSecond: null,
      busyShare: this.#busyUs[worker] / (seconds * 1e6),
      latenciesUs: new Float64Array(0),
      switchesPerRequest: this.#parts.program.switches[worker],
    }))
  }

  #counts(arrivalUs: number): boolean {
    return arrivalUs >= this.#countsFromUs
  }

  #launch(
    instance: number,
    batch: number,
    level: number,
    requests: readonly WaitingRequest[],
  ): void {
    const worker = this.#served.workerOf(instance, batch)
    this.#launches.set(worker, { instance, startUs: this.#parts.clock.nowUs, requests })
    this.#parts.machine.level[worker] = level
    startRequest(this.#parts, worker, this.#served.dispatchUs(instance, batch, this.#launched++))
    if (!this.#counts(this.#parts.clock.nowUs)) return
    this.#models[this.#served.setup.instances[instance]].launch(requests)
  }

  #scheduleArrival(model: number): void {
    const { gaps, ratePerS } = this.#served.streams[model]
    const { clock } = this.#parts
    const timeUs = clock.nowUs + (gaps.next() / ratePerS) * 1e6
    if (timeUs <= this.#served.endUs) clock.schedule(timeUs, REQUEST_ARRIVAL, model)
  }

  #scheduleWake(): void {
    const { wakeAtUs } = this.#core
    if (wakeAtUs >= this.#wakesAtUs) return
    this.#wakesAtUs = wakeAtUs
    this.#parts.clock.schedule(wakeAtUs, WAKE, 0)
  }
}
