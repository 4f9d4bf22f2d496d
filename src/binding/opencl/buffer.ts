import type { Pointer } from '../native.js'
import type { DeviceBuffer } from '../partitioned-device.js'
import type { OpenClApi } from './api.js'

const MEMORY_READ_WRITE = 1n
const BLOCKING = 1

export class OpenClBuffer implements DeviceBuffer {
  readonly words: number
  readonly handle: Pointer
  readonly #api: OpenClApi
  readonly #queue: Pointer
  readonly #settle: () => void

  /** @param settle waits for everything submitted to the device */
  constructor(api: OpenClApi, context: Pointer, queue: Pointer, words: number, settle: () => void) {
    this.#api = api
    this.#queue = queue
    this.#settle = settle
    this.words = words
    this.handle = api.clCreateBuffer(context, MEMORY_READ_WRITE, 4 * words, null)
  }

  write(values: Uint32Array): void {
    const bytes = values.byteLength
    const { clEnqueueWriteBuffer } = this.#api
    clEnqueueWriteBuffer(this.#queue, this.handle, BLOCKING, 0, bytes, values, 0, null, null)
  }

  read(): Uint32Array {
    this.#settle()
    const values = new Uint32Array(this.words)
    const bytes = values.byteLength
    const { clEnqueueReadBuffer } = this.#api
    clEnqueueReadBuffer(this.#queue, this.handle, BLOCKING, 0, bytes, values, 0, null, null)
    return values
  }

  free(): void {
    this.#api.clReleaseMemObject(this.handle)
  }
}
