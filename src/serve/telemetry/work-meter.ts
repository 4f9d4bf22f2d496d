import { addTo } from '../../maps.js'
import { sum } from '../../numbers.js'

/** What a model has used of a device since the start. */
export interface Used {
  /** Compute units times milliseconds. */
  readonly cuMs: number
  /** Joules; undefined where nothing measures them. */
  readonly energyJ: number | undefined
}

/** Measures the energy of a device. */
export interface DeviceMeter {
  /** What the device draws while nothing runs, W. */
  readonly idleW: number
  /** Joules that the device has used since the start; undefined as long as nothing measures them. */
  energyJ(): number | undefined
}

/**
 * Splits the work and the energy of a device among its models, by how many compute units their launches held and
 * for how long. The parts and what is used while nothing runs add up to the total: a quiet night is no part of the
 * first request of the morning. As counters of energy move in steps of 100 ms, in which launches come and go, what is
 * used while nothing runs is told by the time and the idle power.
 */
export class WorkMeter {
  readonly #nowUs: () => number
  readonly #meter: DeviceMeter | undefined
  readonly #cuMs = new Map<string, number>()
  readonly #energyJ = new Map<string, number>()
  /** Work done since energy was last split. */
  readonly #newCuMs = new Map<string, number>()
  /** Time without launches since then. */
  #newIdleUs = 0
  #splitJ = 0
  #idleJ = 0
  #running = 0
  #idleFromUs: number

  /** @param nowUs a monotonic clock, µs */
  constructor(nowUs: () => number, meter?: DeviceMeter) {
    this.#nowUs = nowUs
    this.#meter = meter
    this.#idleFromUs = nowUs()
  }

  /** A launch begins. */
  began(): void {
    if (this.#running === 0) this.#countIdle()
    this.#running++
  }

  /** A launch has ended, whether or not it did any work. */
  ended(): void {
    this.#running--
    if (this.#running === 0) this.#idleFromUs = this.#nowUs()
  }

  launched(model: string, cus: number, durationUs: number): void {
    const cuMs = (cus * durationUs) / 1000
    addTo(this.#cuMs, model, cuMs)
    addTo(this.#newCuMs, model, cuMs)
  }

  usedBy(model: string): Used {
    const energyJ = this.#meter && (this.#energyJ.get(model) ?? 0)
    return { cuMs: this.#cuMs.get(model) ?? 0, energyJ }
  }

  /** Joules that were used while nothing ran; undefined where nothing measures them. */
  get idleJ(): number | undefined {
    return this.#meter && this.#idleJ
  }

  /**
   * Assigns the energy used since the last call to the work done since then, but for what the device uses idle. What
   * launches that still run use waits for the first of them to end.
   * @returns joules that the device has used since the start; undefined where nothing measures them
   */
  split(): number | undefined {
    const takenJ = this.#meter?.energyJ()
    if (takenJ === undefined) return undefined
    const total = sum(this.#newCuMs.values())
    const isIdle = this.#running === 0
    if (total === 0 && !isIdle) return takenJ
    if (isIdle) this.#countIdle()
    const newJ = takenJ - this.#splitJ
    const idleJ = total === 0 ? newJ : Math.min(newJ, (this.#meter!.idleW * this.#newIdleUs) / 1e6)
    this.#idleJ += idleJ
    const jPerCuMs = total === 0 ? 0 : (newJ - idleJ) / total
    for (const [model, cuMs] of this.#newCuMs) addTo(this.#energyJ, model, jPerCuMs * cuMs)
    this.#newCuMs.clear()
    this.#newIdleUs = 0
    this.#splitJ = takenJ
    return takenJ
  }

  #countIdle(): void {
    const nowUs = this.#nowUs()
    this.#newIdleUs += nowUs - this.#idleFromUs
    this.#idleFromUs = nowUs
  }
}
