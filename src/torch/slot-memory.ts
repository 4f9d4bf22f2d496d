import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { WorkError } from '../errors.js'
import type { Slot, TensorPlace } from './protocol.js'

const SHARED_MEMORY = '/dev/shm'

/** The tensors of one slot, as raw little-endian values in row-major order. */
export class SlotMemory {
  readonly slot: Slot
  readonly #file: number

  /** @throws WorkError if the worker's shared memory is gone */
  constructor(slot: Slot) {
    this.slot = slot
    try {
      this.#file = openSync(join(SHARED_MEMORY, slot.shm), 'r+')
    } catch {
      throw new WorkError(`the PyTorch worker's shared memory ${slot.shm} is gone`)
    }
  }

  /**
   * Writes an input from byte `offset` on. If there are fewer bytes than the tensor has, they fill some
   * of its rows.
   *
   * @throws WorkError if there are more bytes than the tensor has
   */
  writeInput(index: number, bytes: Uint8Array, offset = 0): void {
    const place = this.slot.inputs[index]
    if (offset + bytes.byteLength > place.bytes)
      throw new WorkError(`input ${index} has ${place.bytes} bytes, not ${bytes.byteLength}`)
    writeSync(this.#file, bytes, 0, bytes.byteLength, place.offset + offset)
  }

  /** An output, either whole or some of its bytes from `offset` on. */
  readOutput(index: number, byteCount = this.slot.outputs[index].bytes, offset = 0): Uint8Array {
    return this.#read(this.slot.outputs[index], byteCount, offset)
  }

  #read(place: TensorPlace, byteCount: number, offset: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(byteCount, place.bytes - offset))
    const read = readSync(this.#file, bytes, 0, bytes.byteLength, place.offset + offset)
    if (read < bytes.byteLength)
      throw new WorkError(`the PyTorch worker's shared memory ${this.slot.shm} was cut short`)
    return bytes
  }

  close(): void {
    closeSync(this.#file)
  }
}
