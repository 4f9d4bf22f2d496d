import { closeSync, fstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { MappedFile } from '../binding/mapped-file.js'
import { WorkError } from '../errors.js'
import type { Slot, TensorPlace } from './protocol.js'

const SHARED_MEMORY = '/dev/shm'

/**
 * The tensors of one slot, as raw little-endian values in row-major order. They are memory-mapped: through
 * the file interface a tensor takes two to ten times as long, and everything is copied twice.
 */
export class SlotMemory {
  readonly slot: Slot
  readonly #file: number
  readonly #mapped: MappedFile

  /** @throws WorkError if the worker's shared memory no longer exists */
  constructor(slot: Slot) {
    this.slot = slot
    try {
      this.#file = openSync(join(SHARED_MEMORY, slot.shm), 'r+')
    } catch {
      throw new WorkError(`the PyTorch worker's shared memory ${slot.shm} is gone`)
    }
    try {
      this.#mapped = new MappedFile(this.#file, slot.bytes)
    } catch (error) {
      closeSync(this.#file)
      throw new WorkError(`the PyTorch worker's shared memory: ${(error as Error).message}`)
    }
  }

  /**
   * Room for bytes of an input from byte `offset` on, which must be written at once. If there are fewer
   * bytes than the tensor has, they fill some of its rows.
   *
   * @throws WorkError if the tensor does not have that many bytes
   */
  input(index: number, byteCount: number, offset = 0): Uint8Array {
    const place = this.slot.inputs[index]
    if (offset + byteCount > place.bytes)
      throw new WorkError(`input ${index} has ${place.bytes} bytes, not ${byteCount}`)
    return this.#part(place, byteCount, offset)
  }

  /** A copy of an output, either all of it or some of its bytes from `offset` on. */
  readOutput(index: number, byteCount = this.slot.outputs[index].bytes, offset = 0): Uint8Array {
    const part = this.#part(this.slot.outputs[index], byteCount, offset)
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(part.byteLength).buffer)
    bytes.set(part)
    return bytes
  }

  /** Checking the size takes some microseconds, but touching memory that was cut off would end the process. */
  #part(place: TensorPlace, byteCount: number, offset: number): Uint8Array {
    if (fstatSync(this.#file).size < this.slot.bytes)
      throw new WorkError(`the PyTorch worker's shared memory ${this.slot.shm} was cut short`)
    const begin = place.offset + offset
    const end = Math.min(begin + byteCount, place.offset + place.bytes)
    return this.#mapped.bytes.subarray(begin, end)
  }

  close(): void {
    this.#mapped.unmap()
    closeSync(this.#file)
  }
}
