import { addTo } from '../../maps.js'
import { sum } from '../../numbers.js'

/** What a model has used of a device since the start. */
export interface Used {
  /** Compute units times milliseconds. */
  readonly cuMs: number
  /** Joules; undefined where nothing measures them. */
  readonly energyJ: number | undefined
}

/**
 * Splits the work and the energy of a device among its models, by how many compute units their launches held and
 * for how long. The parts and what is used while nothing runs add up to the total: a quiet night is no part of the
 * first request of the morning.
 */
export class WorkMeter {
  readonly #readEnergyJ: (() => number) | undefined
  readonly #cuMs = new Map<string, number>()
  readonly #energyJ = new Map<string, number>()
  /** Work done since energy was last split. */
  readonly #newCuMs = new Map<string, number>()
  #splitJ = 0
  #idleJ = 0
  #running = 0

  /** @param readEnergyJ joules that the device has used since the start */
  constructor(readEnergyJ?: () => number) {
    this.#readEnergyJ = readEnergyJ
  }

  /** A launch begins. */
  began(): void {
    if (this.#running === 0) this.split()
    this.#running++
  }

  /** A launch has ended, whether or not it did any work. */
  ended(): void {
    this.#running--
    if (this.#running === 0) this.split()
  }

  launched(model: string, cus: number, durationUs: number): void {
    const cuMs = (cus * durationUs) / 1000
    addTo(this.#cuMs, model, cuMs)
    addTo(this.#newCuMs, model, cuMs)
  }

  usedBy(model: string): Used {
    const energyJ = this.#readEnergyJ && (this.#energyJ.get(model) ?? 0)
    return { cuMs: this.#cuMs.get(model) ?? 0, energyJ }
  }

  /** Joules that were used while nothing ran; undefined where nothing measures them. */
  get idleJ(): number | undefined {
    return this.#readEnergyJ && this.#idleJ
  }

  /**
   * Assigns the energy used since the last call to the work done since then. What launches that still run use waits
   * for the first of them to end.
   * @returns joules that the device has used since the start; undefined where nothing measures them
   */
  split(): number | undefined {
    const takenJ = this.#readEnergyJ?.()
    if (takenJ === undefined) return undefined
    const total = sum(this.#newCuMs.values())
    if (total === 0 && this.#running > 0) return takenJ
    const newJ = takenJ - this.#splitJ
    if (total === 0) this.#idleJ += newJ
    else
      for (const [model, cuMs] of this.#newCuMs) addTo(this.#energyJ, model, (newJ * cuMs) / total)
    this.#newCuMs.clear()
    this.#splitJ = takenJ
    return takenJ
  }
}
