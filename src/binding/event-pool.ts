import { WorkError } from '../errors.js'
import { outNumber, outPointer, type Pointer, type StatusName } from './native.js'
import type { Completion } from './partitioned-device.js'

/** The event functions of CUDA and HIP, which differ only in name. Checked calls throw WorkErrors. */
export interface EventCalls {
  readonly create: (cell: unknown[]) => void
  readonly destroy: (event: Pointer) => void
  readonly record: (event: Pointer, stream: Pointer) => void
  readonly wait: (stream: Pointer, event: Pointer) => void
  /**
   * Returns a status: 0 if the event was reached, 600 if it was not, and any other value if a
   * kernel failed.
   */
  readonly query: (event: Pointer) => number
  /** Writes the milliseconds between two events. */
  readonly elapsed: (cell: unknown[], from: Pointer, to: Pointer) => void
  readonly statusName: StatusName
}

const NOT_READY = 600

class PooledEvent implements Completion {
  readonly event: Pointer
  readonly #pool: EventPool

  constructor(pool: EventPool, event: Pointer) {
    this.#pool = pool
    this.event = event
  }

  isDone(): boolean {
    return this.#pool.isReached(this.event)
  }

  release(): void {
    this.#pool.recycle(this.event)
  }
}

/** Events that are reused, because creating one costs more than recording it. */
export class EventPool {
  readonly #calls: EventCalls
  readonly #all: Pointer[] = []
  readonly #free: Pointer[] = []

  constructor(calls: EventCalls) {
    this.#calls = calls
  }

  record(stream: Pointer): Completion {
    const event = this.#free.pop() ?? this.#create()
    this.#calls.record(event, stream)
    return new PooledEvent(this, event)
  }

  wait(stream: Pointer, completion: Completion): void {
    this.#calls.wait(stream, (completion as PooledEvent).event)
  }

  elapsedUs(from: Completion, to: Completion): number {
    const [start, end] = [from, to].map((mark) => (mark as PooledEvent).event)
    return 1000 * outNumber((cell) => this.#calls.elapsed(cell, start, end))
  }

  isReached(event: Pointer): boolean {
    const status = this.#calls.query(event)
    if (status !== 0 && status !== NOT_READY)
      throw new WorkError(`a kernel failed with ${this.#calls.statusName(status)}`)
    return status === 0
  }

  recycle(event: Pointer): void {
    this.#free.push(event)
  }

  close(): void {
    for (const event of this.#all) this.#calls.destroy(event)
  }

  #create(): Pointer {
    const event = outPointer((cell) => this.#calls.create(cell))
    this.#all.push(event)
    return event
  }
}
