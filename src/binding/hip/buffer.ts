import type { AddressedBuffer } from '../launch-arguments.js'
import { outPointer, type Pointer } from '../native.js'
import type { HipDriver } from './driver.js'

export class HipBuffer implements AddressedBuffer {
  readonly words: number
  readonly address: Pointer
  readonly #driver: HipDriver

  constructor(driver: HipDriver, words: number) {
    this.#driver = driver
    this.words = words
    this.address = outPointer((cell) => {
      driver.hipMalloc(cell, 4 * words)
    })
  }

  write(values: Uint32Array): void {
    this.#driver.hipMemcpyHtoD(this.address, values, values.byteLength)
  }

  read(): Uint32Array {
    this.#driver.hipDeviceSynchronize()
    const values = new Uint32Array(this.words)
    this.#driver.hipMemcpyDtoH(values, this.address, values.byteLength)
    return values
  }

  free(): void {
    this.#driver.hipFree(this.address)
  }
}
