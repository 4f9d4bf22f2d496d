import type { Partition } from '../../device/partition.js'
import type { EventPool } from '../event-pool.js'
import { packArguments } from '../launch-arguments.js'
import { outPointer, type Pointer } from '../native.js'
import type { Completion, Launch, MaskedStream } from '../partitioned-device.js'
import type { CudaDriver } from './driver.js'
import type { KernelLibrary } from './kernel-library.js'
import type { GreenContext } from './partitioner.js'

const NON_BLOCKING = 1
const DEFAULT_PRIORITY = 0

/** A stream of a green context of its own. */
export class CudaStream implements MaskedStream {
  readonly partition: Partition
  readonly home: GreenContext
  readonly #driver: CudaDriver
  readonly #kernels: KernelLibrary
  readonly #events: EventPool
  readonly #stream: Pointer

  constructor(
    driver: CudaDriver,
    kernels: KernelLibrary,
    events: EventPool,
    partition: Partition,
    home: GreenContext,
  ) {
    this.#driver = driver
    this.#kernels = kernels
    this.#events = events
    this.partition = partition
    this.home = home
    this.#stream = outPointer((cell) => {
      driver.cuGreenCtxStreamCreate(cell, home.green, NON_BLOCKING, DEFAULT_PRIORITY)
    })
  }

  launch(launch: Launch): void {
    const { groups, groupSize } = launch
    const kernel = this.#kernels.handle(launch.kernel)
    const { pointers } = packArguments(launch)
    this.#driver.cuLaunchKernel(
      kernel,
      ...[groups, 1, 1],
      ...[groupSize, 1, 1],
      0,
      this.#stream,
      pointers,
      null,
    )
  }

  record(): Completion {
    return this.#events.record(this.#stream)
  }

  wait(completion: Completion): void {
    this.#events.wait(this.#stream, completion)
  }

  synchronize(): void {
    this.#driver.cuStreamSynchronize(this.#stream)
  }

  close(): void {
    this.#driver.cuStreamDestroy_v2(this.#stream)
    this.#driver.cuGreenCtxDestroy(this.home.green)
  }
}
