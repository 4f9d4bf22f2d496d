import { type Device, totalCus } from '../../device/device.js'
import type { Machine } from './machine.js'

/** How the device was used over some time, from which its energy is computed. */
export interface DeviceUse {
  /** Time in µs at which the device held a block. */
  readonly activeUs: number
  /** Compute units that held a block, summed over time. */
  readonly busyCuUs: number
  /** Work done, in CU-µs at full throughput. */
  readonly workCuUs: number
  /** Memory traffic, in µs at full bandwidth. */
  readonly trafficUs: number
}

const UNUSED: DeviceUse = { activeUs: 0, busyCuUs: 0, workCuUs: 0, trafficUs: 0 }

/**
 * Accounts for energy over simulated time: power while the device is idle and while it is active,
 * and energy for each CU-second of work and for each second of full memory traffic.
 */
export class EnergyMeter {
  readonly #machine: Machine
  #lastUs = 0
  #activeUs = 0
  #busyCuUs = 0
  #workCuUs = 0
  #trafficUs = 0

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Accounts for the time since the last call, during which the machine did not change. */
  advance(nowUs: number): void {
    const machine = this.#machine
    const elapsedUs = nowUs - this.#lastUs
    this.#lastUs = nowUs
    if (machine.blocks === 0) return
    this.#activeUs += elapsedUs
    this.#busyCuUs += elapsedUs * machine.busyCus
  }

  /**
   * Accounts for work that has ended.
   * @param workCuUs the work in CU-µs at full throughput
   * @param trafficUs the traffic in µs at full memory bandwidth
   */
  add(workCuUs: number, trafficUs: number): void {
    this.#workCuUs += workCuUs
    this.#trafficUs += trafficUs
  }

  /** Forgets what was accounted for so far, because the warm-up has ended. */
  reset(): void {
    this.#activeUs = 0
    this.#busyCuUs = 0
    this.#workCuUs = 0
    this.#trafficUs = 0
  }

  /** Use of the device since the reset, minus the result `before` of an earlier call. */
  use(before: DeviceUse = UNUSED): DeviceUse {
    return {
      activeUs: this.#activeUs - before.activeUs,
      busyCuUs: this.#busyCuUs - before.busyCuUs,
      workCuUs: this.#workCuUs - before.workCuUs,
      trafficUs: this.#trafficUs - before.trafficUs,
    }
  }
}

/**
 * Mean share of the compute units that held a block, capped at 1, which rounding in a sum of many
 * spans may exceed.
 */
export function cuUtilization(device: Device, { busyCuUs }: DeviceUse, windowUs: number): number {
  return Math.min(1, busyCuUs / windowUs / totalCus(device))
}
