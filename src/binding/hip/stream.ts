import type { Partition } from '../../device/partition.js'
import type { EventPool } from '../event-pool.js'
import { packArguments } from '../launch-arguments.js'
import { outPointer, type Pointer } from '../native.js'
import type { Completion, Launch, MaskedStream } from '../partitioned-device.js'
import type { HipDriver } from './driver.js'
import type { KernelLibrary } from './kernel-library.js'

/** A stream whose hardware queue has a CU mask. */
export class HipStream implements MaskedStream {
  readonly partition: Partition
  readonly #driver: HipDriver
  readonly #kernels: KernelLibrary
  readonly #events: EventPool
  readonly #stream: Pointer

  /** @param mask the partition's mask bits as 32-bit words */
  constructor(
    driver: HipDriver,
    kernels: KernelLibrary,
    events: EventPool,
    partition: Partition,
    mask: Uint32Array,
  ) {
    this.#driver = driver
    this.#kernels = kernels
    this.#events = events
    this.partition = partition
    this.#stream = outPointer((cell) => {
      driver.hipExtStreamCreateWithCUMask(cell, mask.length, mask)
    })
  }

  launch(launch: Launch): void {
    const { groups, groupSize } = launch
    const kernel = this.#kernels.handle(launch.kernel)
    const { pointers } = packArguments(launch)
    const shape = [groups, 1, 1, groupSize, 1, 1]
    this.#driver.hipModuleLaunchKernel(kernel, ...shape, 0, this.#stream, pointers, null)
  }

  record(): Completion {
    return this.#events.record(this.#stream)
  }

  wait(completion: Completion): void {
    this.#events.wait(this.#stream, completion)
  }

  synchronize(): void {
    this.#driver.hipStreamSynchronize(this.#stream)
  }

  close(): void {
    this.#driver.hipStreamDestroy(this.#stream)
  }
}
