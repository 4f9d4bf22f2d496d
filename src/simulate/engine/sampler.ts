import type { Scenario } from '../../workload/scenario.js'
import { cuUtilization, type EnergyMeter } from '../model/energy.js'
import { powerW } from '../model/power.js'
import type { SimulationOptions } from '../result.js'
import { type Clock, SAMPLE } from './clock.js'
import type { WorkerScheduler } from './worker-scheduler.js'

/** Reports at regular intervals what the device did in each, starting at the end of the warm-up. */
export class Sampler {
  readonly #scenario: Scenario
  readonly #meter: EnergyMeter
  readonly #scheduler: WorkerScheduler
  readonly #clock: Clock
  readonly #everyUs: number
  readonly #onSample: SimulationOptions['onSample']
  #use: ReturnType<EnergyMeter['use']> | undefined
  #work: readonly number[] = []

  constructor(
    scenario: Scenario,
    meter: EnergyMeter,
    scheduler: WorkerScheduler,
    clock: Clock,
    { onSample, sampleUs = Number.POSITIVE_INFINITY }: SimulationOptions,
  ) {
    this.#scenario = scenario
    this.#meter = meter
    this.#scheduler = scheduler
    this.#clock = clock
    this.#everyUs = sampleUs
    this.#onSample = onSample
  }

  /** Begins the first interval now. */
  begin(): void {
    this.#use = this.#meter.use()
    this.#work = this.#scheduler.work
    this.#clock.schedule(this.#clock.nowUs + this.#everyUs, SAMPLE, 0)
  }

  /** Ends the current interval and begins the next. */
  take(): void {
    const { device, workers } = this.#scenario
    const use = this.#meter.use(this.#use)
    const work = this.#scheduler.work
    const activities = workers.map(({ profile }, w) => ({
      profile,
      requestsPerSecond: ((work[w] - this.#work[w]) * 1e6) / this.#everyUs,
    }))
    this.#onSample?.({
      timeUs: this.#clock.nowUs,
      powerW: powerW(device, activities, use, this.#everyUs),
      occupancy: cuUtilization(device, use, this.#everyUs),
      waiting: this.#scheduler.waiting,
    })
    this.begin()
  }
}
