import type { AddressedBuffer } from '../launch-arguments.js'
import type { Pointer } from '../native.js'
import type { CudaDriver } from './driver.js'

export class CudaBuffer implements AddressedBuffer {
  readonly words: number
  readonly address: Pointer
  readonly #driver: CudaDriver

  constructor(driver: CudaDriver, words: number) {
    this.#driver = driver
    this.words = words
    const address: [number | bigint] = [0]
    driver.cuMemAlloc_v2(address, 4 * words)
    this.address = BigInt(address[0])
  }

  write(values: Uint32Array): void {
    this.#driver.cuMemcpyHtoD_v2(this.address, values, values.byteLength)
  }

  read(): Uint32Array {
    this.#driver.cuCtxSynchronize()
    const values = new Uint32Array(this.words)
    this.#driver.cuMemcpyDtoH_v2(values, this.address, values.byteLength)
    return values
  }

  free(): void {
    this.#driver.cuMemFree_v2(this.address)
  }
}
