import { type Device, totalCus } from '../device/device.js'
import type { Machine } from './machine.js'

/** Integrates the device's power and busy compute units over simulated time. */
export class EnergyMeter {
  readonly #device: Device
  readonly #machine: Machine
  #lastUs = 0
  #activeUs = 0
  #busyCuUs = 0
  #memoryUs = 0

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
    this.#memoryUs += elapsedUs * Math.min(1, machine.memory)
  }

  /** Forgets what was accounted for so far: the warm-up ends. */
  reset(): void {
    this.#activeUs = 0
    this.#busyCuUs = 0
    this.#memoryUs = 0
  }

  /** Mean power in W over a window of the given length in µs. */
  powerW(windowUs: number): number {
    const { idleW, activeW, cuBusyW, memoryBusyW, limitW } = this.#device.power
    const busyW = activeW * this.#activeUs + cuBusyW * this.#busyCuUs + memoryBusyW * this.#memoryUs
    return Math.min(limitW, idleW + busyW / windowUs)
  }

  /** Mean share of the compute units that held a block, 0..1. */
  cuUtilization(windowUs: number): number {
    return this.#busyCuUs / windowUs / totalCus(this.#device)
  }
}
