import type { Machine } from './machine.js'
import type { Program } from './program.js'
import type { KernelSpan } from './result.js'

/** Collects the granules each running kernel touched and reports the kernel when it ends. */
export class SpanRecorder {
  readonly #machine: Machine
  readonly #program: Program
  readonly #onKernel: (span: KernelSpan) => void
  readonly #touched: Uint8Array

  constructor(machine: Machine, program: Program, onKernel: (span: KernelSpan) => void) {
    this.#machine = machine
    this.#program = program
    this.#onKernel = onKernel
    this.#touched = new Uint8Array(program.workers * machine.granules)
  }

  /** Notes blocks of the worker's kernel by granule; only its target granules are read. */
  place(worker: number, blocks: Int32Array): void {
    const { targets, targetCount, granules } = this.#machine
    const first = worker * granules
    for (let i = 0; i < targetCount[worker]; i++) {
      const granule = targets[first + i]
      if (blocks[granule] > 0) this.#touched[first + granule] = 1
    }
  }

  end(worker: number, request: number, endUs: number): void {
    const machine = this.#machine
    const first = worker * machine.granules
    const granules: number[] = []
    for (let g = 0; g < machine.granules; g++) if (this.#touched[first + g] === 1) granules.push(g)
    this.#touched.fill(0, first, first + machine.granules)
    this.#onKernel({
      worker,
      request,
      kernel: machine.row[worker] - this.#program.firstRow[worker],
      startUs: machine.startUs[worker],
      endUs,
      granules,
    })
  }
}
