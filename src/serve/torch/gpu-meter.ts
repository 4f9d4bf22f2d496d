import { type NvmlMeter, openNvmlMeter } from '../../binding/cuda/meter.js'
import { attempt, WorkError } from '../../errors.js'
import type { DeviceMeter } from '../telemetry/work-meter.js'

/** A counter of energy. */
type Counter = Pick<NvmlMeter, 'energyJ' | 'close'>

/** The energy of the GPU on which worker processes run, from when the first of them says which one that is. */
export class GpuMeter implements DeviceMeter {
  readonly idleW: number
  readonly #open: (uuid: string) => Counter | undefined
  #counter: Counter | undefined
  #isNamed = false
  #startJ = 0

  constructor(idleW: number, open: (uuid: string) => Counter | undefined = openNvmlMeter) {
    this.idleW = idleW
    this.#open = open
  }

  /** @param uuid of the GPU; undefined if a worker does not know it */
  named(uuid: string | undefined): void {
    if (this.#isNamed || uuid === undefined) return
    this.#isNamed = true
    this.#counter = this.#open(uuid)
    this.#startJ = this.#read() ?? 0
  }

  energyJ(): number | undefined {
    const takenJ = this.#read()
    return takenJ === undefined ? undefined : takenJ - this.#startJ
  }

  close(): void {
    this.#counter?.close()
    this.#counter = undefined
  }

  /** A GPU without such a counter, or one that is lost, is not metered. */
  #read(): number | undefined {
    const taken = attempt(() => this.#counter?.energyJ())
    if (!(taken instanceof WorkError)) return taken
    this.close()
    return undefined
  }
}
