import { type Device, totalCus } from '../../device/device.js'
import { sum } from '../../numbers.js'
import type { ServedModelPlan } from '../../plan/serving-plan.js'
import type { Profile } from '../../profile/profile.js'
import { powerW } from '../../simulate/model/power.js'
import type { DeviceMeter } from '../telemetry/work-meter.js'
import type { Launch } from './launch-device.js'

/** The profile of a model at a batch size that its plan captures. */
export type ProfileOf = (model: ServedModelPlan, batch: number) => Profile

/** The energy that a device would use while launches begin and end, by the power model of the simulator. */
export class SimulatedPower implements DeviceMeter {
  readonly idleW: number
  readonly #device: Device
  readonly #profileOf: ProfileOf
  readonly #nowUs: () => number
  #atUs: number
  #energyJ = 0
  /** How long each launch that runs takes, µs. */
  readonly #runningUs = new Map<Launch, number>()

  /** @param nowUs a monotonic clock, µs */
  constructor(device: Device, profileOf: ProfileOf, nowUs: () => number) {
    this.#device = device
    this.#profileOf = profileOf
    this.idleW = device.power.idleW
    this.#nowUs = nowUs
    this.#atUs = nowUs()
  }

  begin(launch: Launch, durationUs: number): void {
    this.energyJ()
    this.#runningUs.set(launch, durationUs)
  }

  end(launch: Launch): void {
    this.energyJ()
    this.#runningUs.delete(launch)
  }

  /** Joules used since the start. */
  energyJ(): number {
    const nowUs = this.#nowUs()
    this.#energyJ += (this.#powerW() * (nowUs - this.#atUs)) / 1e6
    this.#atUs = nowUs
    return this.#energyJ
  }

  /** The power while the launches that run now do, as in a window of 1 µs. */
  #powerW(): number {
    if (this.#runningUs.size === 0) return this.idleW
    const launches = [...this.#runningUs]
    const activities = launches.map(([{ model, batch }, durationUs]) => ({
      profile: this.#profileOf(model, batch),
      requestsPerSecond: 1e6 / durationUs,
    }))
    const heldCus = sum(launches.map(([{ model }]) => model.share))
    const busyCuUs = Math.min(heldCus, totalCus(this.#device))
    // How much of its time a launch computes, and how much it reads and writes, only a simulation of its kernels tells.
    const use = { activeUs: 1, busyCuUs, workCuUs: 0, trafficUs: 0 }
    return powerW(this.#device, activities, use, 1)
  }
}
