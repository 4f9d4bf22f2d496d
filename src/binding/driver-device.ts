import { DriverBuffer, type MemoryCalls } from './driver-buffer.js'
import type { StreamCalls, StreamDriver } from './driver-stream.js'
import { type EventCalls, EventPool } from './event-pool.js'
import type { KernelModule } from './kernel-handles.js'
import type { Completion, DeviceBuffer } from './partitioned-device.js'

/** The calls of a driver that CUDA and HIP share in all but name. */
export interface DeviceCalls {
  readonly memory: MemoryCalls
  readonly streams: StreamCalls
  readonly events: EventCalls
}

/** What devices of CUDA and HIP do alike: buffers, time between marks, waiting, and the end. */
export abstract class DriverDevice {
  /** What the streams of the device share. */
  protected readonly streamDriver: StreamDriver
  readonly #memory: MemoryCalls
  readonly #events: EventPool
  readonly #kernels: KernelModule

  constructor({ memory, streams, events }: DeviceCalls, kernels: KernelModule) {
    this.#memory = memory
    this.#events = new EventPool(events)
    this.#kernels = kernels
    this.streamDriver = { calls: streams, kernels, events: this.#events }
  }

  createBuffer(words: number): DeviceBuffer {
    return new DriverBuffer(this.#memory, words)
  }

  elapsedUs(from: Completion, to: Completion): number {
    return this.#events.elapsedUs(from, to)
  }

  synchronize(): void {
    this.#memory.synchronize()
  }

  close(): void {
    this.#events.close()
    this.#kernels.close()
  }
}
