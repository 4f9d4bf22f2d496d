import type { AddressedBuffer } from './launch-arguments.js'
import { outPointer, type Pointer } from './native.js'

/** The memory functions of CUDA and HIP, which differ only in name. Checked calls throw WorkErrors. */
export interface MemoryCalls {
  /** Allocates the given number of bytes and writes their address. */
  readonly allocate: (cell: unknown[], bytes: number) => void
  readonly free: (address: Pointer) => void
  readonly copyIn: (address: Pointer, values: Uint32Array, bytes: number) => void
  readonly copyOut: (values: Uint32Array, address: Pointer, bytes: number) => void
  /** Waits for everything submitted to the device. */
  readonly synchronize: () => void
}

/** Device memory at an address, as in CUDA and HIP. */
export class DriverBuffer implements AddressedBuffer {
  readonly words: number
  readonly address: Pointer
  readonly #calls: MemoryCalls

  constructor(calls: MemoryCalls, words: number) {
    this.#calls = calls
    this.words = words
    this.address = outPointer((cell) => {
      calls.allocate(cell, 4 * words)
    })
  }

  write(values: Uint32Array): void {
    this.#calls.copyIn(this.address, values, values.byteLength)
  }

  read(): Uint32Array {
    this.#calls.synchronize()
    const values = new Uint32Array(this.words)
    this.#calls.copyOut(values, this.address, values.byteLength)
    return values
  }

  free(): void {
    this.#calls.free(this.address)
  }
}
