import { DriverBuffer, type MemoryCalls } from './driver-buffer.js'
import type { StreamCalls, StreamDriver } from './driver-stream.js'
import { type EventCalls, EventPool } from './event-pool.js'
import type { KernelModule } from './kernel-handles.js'
import type { Completion, DeviceBuffer } from './partitioned-device.js'

/** The calls of a driver, which CUDA and HIP share except for their names. */
export interface DeviceCalls {
  readonly memory: MemoryCalls
  readonly streams: StreamCalls
  readonly events: EventCalls
}

/** The common part of CUDA and HIP devices: buffers, time between marks, waiting, and closing. */
export abstract class DriverDevice {
  /** State that the streams of the device share. */
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
