import { ServingCore, type ServingDriver } from './core.js'
import { type ArrivalStream, MergedArrivals } from './merged-arrivals.js'
import { ServedCounts } from './served-counts.js'
import type { ServingSetup } from './setup.js'
import { type RunningLaunch, type ServiceModel, SharedDevice } from './shared-device.js'
import type { WaitingRequest } from './waiting-queue.js'

/** The requests of one model: their rate per second, their spacing, and their sizes. */
export interface RequestStream extends ArrivalStream {
  readonly samples: number
}

export interface ServingRun {
  readonly setup: ServingSetup
  /** One per model of the setup. */
  readonly streams: readonly RequestStream[]
  readonly service: ServiceModel
  /** Arrivals before this time do not count, because the queues are still filling. */
  readonly warmupUs: number
  /** No request arrives after this time; those that have arrived are served to their end. */
  readonly endUs: number
  /**
   * Stop as soon as some model has missed more than this share of all the requests that it will have been offered by
   * the end.
   */
  readonly stopAtMissed?: number
}

export interface ServingResult {
  readonly models: readonly ServedCounts[]
  /** Time in µs during which exactly 0, 1, 2, … launches were on the device. */
  readonly runningUs: readonly number[]
  /** True if `stopAtMissed` ended the run. */
  readonly stopped: boolean
}

/**
 * Serves request streams in virtual time: the scheduling core decides, and the device runs what it
 * launches. If a launch ends at the time of an arrival, the end is handled first.
 */
export function simulateServing(run: ServingRun): ServingResult {
  return new ServingSimulation(run).run()
}

/** A run in progress: it drives the core and carries out the core's decisions. */
class ServingSimulation implements ServingDriver {
  readonly #run: ServingRun
  readonly #models: readonly ServedCounts[]
  readonly #stopAtMissed: number
  /** How many requests each model may miss before the run is stopped. */
  readonly #mayMiss: number[]
  readonly #runningUs: number[]
  readonly #arrivals: MergedArrivals
  readonly #device: SharedDevice
  readonly #core: ServingCore
  #nowUs = 0
  #arrived = 0
  #stopped = false

  constructor(run: ServingRun) {
    const { setup, streams, service, warmupUs, endUs } = run
    this.#run = run
    this.#stopAtMissed = run.stopAtMissed ?? Number.POSITIVE_INFINITY
    this.#models = setup.models.map(() => new ServedCounts())
    this.#mayMiss = streams.map(
      ({ ratePerS }) => this.#stopAtMissed * ratePerS * ((endUs - warmupUs) / 1e6) + 1,
    )
    this.#runningUs = new Array<number>(setup.instances.length + 1).fill(0)
    this.#arrivals = new MergedArrivals(streams)
    this.#device = new SharedDevice(service, setup.instances.length)
    this.#core = new ServingCore(setup, this)
  }

  run(): ServingResult {
    while (!this.#stopped && this.#step());
    return { models: this.#models, runningUs: this.#runningUs, stopped: this.#stopped }
  }

  /** Handles the next event; returns false if there is none. */
  #step(): boolean {
    const { warmupUs, endUs } = this.#run
    const { nextUs } = this.#arrivals
    const arrivalUs = nextUs <= endUs ? nextUs : Number.POSITIVE_INFINITY
    const deviceUs = this.#device.nextUs
    const thenUs = Math.min(arrivalUs, deviceUs, this.#core.wakeAtUs)
    if (thenUs === Number.POSITIVE_INFINITY) return false
    if (thenUs > warmupUs)
      this.#runningUs[this.#device.running] += thenUs - Math.max(this.#nowUs, warmupUs)
    this.#nowUs = thenUs
    if (deviceUs === thenUs) {
      const ended = this.#device.step()
      if (ended) this.#end(ended)
    } else if (arrivalUs === thenUs) this.#arrive(this.#arrivals.take())
    else this.#core.wake(thenUs)
    return true
  }

  #arrive(model: number): void {
    const { setup, streams, warmupUs } = this.#run
    const arrivalUs = this.#nowUs
    if (arrivalUs >= warmupUs) this.#models[model].offered++
    const { samples } = streams[model]
    const { targetUs, priorityClass } = setup.models[model]
    const deadlineUs = arrivalUs + targetUs
    const tag = this.#arrived++
    this.#core.arrive(arrivalUs, model, { tag, samples, arrivalUs, deadlineUs, priorityClass })
  }

  launch(
    instance: number,
    batch: number,
    level: number,
    requests: readonly WaitingRequest[],
  ): void {
    const model = this.#run.setup.instances[instance]
    this.#device.launch(this.#nowUs, { instance, model, batch, level, requests })
    if (this.#nowUs >= this.#run.warmupUs) this.#models[model].launch(requests)
  }

  drop({ arrivalUs }: WaitingRequest, model: number): void {
    if (arrivalUs < this.#run.warmupUs) return
    this.#models[model].dropped++
    this.#checkMissed(model)
  }

  #end({ instance, model, requests }: RunningLaunch): void {
    const nowUs = this.#nowUs
    for (const { arrivalUs, deadlineUs } of requests) {
      if (arrivalUs < this.#run.warmupUs) continue
      this.#models[model].answer(nowUs - arrivalUs, nowUs <= deadlineUs)
      this.#checkMissed(model)
    }
    this.#core.finish(nowUs, instance)
  }

  #checkMissed(model: number): void {
    const { missed, offered } = this.#models[model]
    if (missed <= this.#mayMiss[model]) return
    // Where requests clump, more of them may come than the rate says, and then a model may miss more. They are counted
    // only now, because that takes time.
    const all = offered + this.#arrivals.countUntil(this.#run.endUs, model)
    this.#mayMiss[model] = Math.max(this.#mayMiss[model], this.#stopAtMissed * all + 1)
    if (missed > this.#mayMiss[model]) this.#stopped = true
  }
}
