import type { Partition } from '../device/partition.js'
import type { EventPool } from './event-pool.js'
import type { KernelHandles } from './kernel-handles.js'
import { packArguments } from './launch-arguments.js'
import type { Pointer } from './native.js'
import type { Completion, Launch, MaskedStream } from './partitioned-device.js'

/** The stream functions of CUDA and HIP, which differ only in name. Checked calls throw WorkErrors. */
export interface StreamCalls {
  /**
   * Takes the groups and the threads per group, each in three dimensions, then shared memory, stream,
   * arguments, extra.
   */
  readonly launch: (
    kernel: Pointer,
    ...rest: [...shape: number[], stream: Pointer, pointers: Buffer, extra: null]
  ) => void
  readonly synchronize: (stream: Pointer) => void
  readonly destroy: (stream: Pointer) => void
}

/** State that the streams of one device share. */
export interface StreamDriver {
  readonly calls: StreamCalls
  readonly kernels: KernelHandles
  readonly events: EventPool
}

/** A masked stream of CUDA or HIP, made by its binding. */
export class DriverStream implements MaskedStream {
  readonly partition: Partition
  readonly #driver: StreamDriver
  readonly #stream: Pointer

  constructor(driver: StreamDriver, partition: Partition, stream: Pointer) {
    this.#driver = driver
    this.partition = partition
    this.#stream = stream
  }

  launch(launch: Launch): void {
    const { calls, kernels } = this.#driver
    const { pointers } = packArguments(launch)
    const shape = [launch.groups, 1, 1, launch.groupSize, 1, 1, 0]
    calls.launch(kernels.handle(launch.kernel), ...shape, this.#stream, pointers, null)
  }

  record(): Completion {
    return this.#driver.events.record(this.#stream)
  }

  wait(completion: Completion): void {
    this.#driver.events.wait(this.#stream, completion)
  }

  synchronize(): void {
    this.#driver.calls.synchronize(this.#stream)
  }

  close(): void {
    this.#driver.calls.destroy(this.#stream)
  }
}
