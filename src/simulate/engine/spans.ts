import type { Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { KernelSpan } from '../result.js'
import type { Placement } from './placement.js'

/** Collects the granules each running kernel touched and reports the kernel when it ends. */
export class SpanRecorder {
  readonly #machine: Machine
  readonly #program: Program
  readonly #onKernel: (span: KernelSpan) => void
  readonly #touched: Uint8Array
  readonly #granules: number

  constructor(machine: Machine, program: Program, onKernel: (span: KernelSpan) => void) {
    this.#machine = machine
    this.#program = program
    this.#onKernel = onKernel
    this.#granules = program.cells.cellOfGranule.length
    this.#touched = new Uint8Array(program.lanes * this.#granules)
  }

  /**
   * Notes where blocks of the lane's kernel were placed. The granules of a cell cannot be told
   * apart, so as many of them are noted as there are blocks.
   */
  place(lane: number, placement: Placement): void {
    const { cellOfGranule } = this.#program.cells
    for (let i = 0; i < placement.size; i++) {
      let left = placement.count[i]
      for (let g = 0; left > 0 && g < this.#granules; g++) {
        if (cellOfGranule[g] !== placement.cell[i]) continue
        this.#touched[lane * this.#granules + g] = 1
        left--
      }
    }
  }

  /** Reports the lane's kernel, which has ended. */
  end(lane: number, request: number, endUs: number): void {
    const worker = this.#program.workerOfLane[lane]
    const first = lane * this.#granules
    const granules: number[] = []
    for (let g = 0; g < this.#granules; g++) if (this.#touched[first + g] === 1) granules.push(g)
    this.#touched.fill(0, first, first + this.#granules)
    this.#onKernel({
      worker,
      request,
      kernel: this.#machine.row[lane] - this.#program.firstRow[worker],
      startUs: this.#machine.startUs[lane],
      endUs,
      granules,
    })
  }
}
