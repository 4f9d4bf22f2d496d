import { type Device, totalCus } from '../../device/device.js'
import type { DeviceMeter } from '../telemetry/work-meter.js'

/** The energy that a device would use while launches begin and end, according to its power model. */
export class SimulatedPower implements DeviceMeter {
  readonly idleW: number
  readonly #device: Device
  readonly #nowUs: () => number
  readonly #startUs: number
  #atUs: number
  #energyJ = 0
  /** The number of compute units that all running launches together may use. */
  #heldCus = 0

  /** @param nowUs a monotonic clock, µs */
  constructor(device: Device, nowUs: () => number) {
    this.#device = device
    this.idleW = device.power.idleW
    this.#nowUs = nowUs
    this.#startUs = nowUs()
    this.#atUs = this.#startUs
  }

  begin(cus: number): void {
    this.energyJ()
    this.#heldCus += cus
  }

  end(cus: number): void {
    this.energyJ()
    this.#heldCus -= cus
  }

  /** Joules used since the start. */
  energyJ(): number {
    const nowUs = this.#nowUs()
    this.#energyJ += (this.#powerW() * (nowUs - this.#atUs)) / 1e6
    this.#atUs = nowUs
    return this.#energyJ
  }

  #powerW(): number {
    const { activeW, cuBusyW, limitW } = this.#device.power
    if (this.#heldCus === 0) return this.idleW
    const busy = Math.min(this.#heldCus, totalCus(this.#device))
    return Math.min(limitW, this.idleW + activeW + cuBusyW * busy)
  }
}
