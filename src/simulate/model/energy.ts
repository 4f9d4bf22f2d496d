import { type Device, totalCus } from '../../device/device.js'
import type { Machine } from './machine.js'

/**
 * Accounts for energy over simulated time: power while the device is idle and while it is active,
 * and energy for each CU-second of work and for each second of full memory traffic.
 */
export class EnergyMeter {
  readonly #device: Device
  readonly #machine: Machine
  #lastUs = 0
  #activeUs = 0
  #busyCuUs = 0
  #workCuUs = 0
  #trafficUs = 0

  constructor(device: Device, machine: Machine) {
    this.#device = device
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
   * Accounts for work that ended.
   * @param workCuUs CU-µs it takes at full throughput
   * @param trafficUs µs it takes at full memory traffic
   */
  add(workCuUs: number, trafficUs: number): void {
    this.#workCuUs += workCuUs
    this.#trafficUs += trafficUs
  }

  /** Forgets what was accounted for so far: the warm-up ends. */
  reset(): void {
    this.#activeUs = 0
    this.#busyCuUs = 0
    this.#workCuUs = 0
    this.#trafficUs = 0
  }

  /** Mean power in W over a window of the given length in µs. */
  powerW(windowUs: number): number {
    const { idleW, activeW, cuBusyW, cuWorkW = 0, memoryBusyW, limitW } = this.#device.power
    const busyW =
      activeW * this.#activeUs +
      cuBusyW * this.#busyCuUs +
      cuWorkW * this.#workCuUs +
      memoryBusyW * this.#trafficUs
    return Math.min(limitW, idleW + busyW / windowUs)
  }

  /** Share of the time at which the device held a block, 0..1. */
  activeShare(windowUs: number): number {
    return this.#activeUs / windowUs
  }

  /** Mean share of the compute units that held a block, 0..1: a sum of many spans may round to above 1. */
  cuUtilization(windowUs: number): number {
    return Math.min(1, this.#busyCuUs / windowUs / totalCus(this.#device))
  }
}
