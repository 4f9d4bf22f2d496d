import type { Device } from '../../device/device.js'
import type { Plan } from '../../plan/plan.js'
import { waitsInQueues } from '../../plan/queues.js'
import type { Program } from './program.js'
import { type Segments, segmentsOf } from './segments.js'

/**
 * The hardware queues of a device, if the host submits whole requests to them. Undefined if nothing
 * can wait in them: the host launches kernel by kernel, or every request has a single segment and a
 * queue to itself.
 */
export function queuesOf(device: Device, plan: Plan, program: Program): HardwareQueues | undefined {
  if (!waitsInQueues(device, plan)) return undefined
  const segments = segmentsOf(program)
  if (segments.count === program.workers && program.workers <= device.queueLimit) return undefined
  return new HardwareQueues(segments, device.queueLimit)
}

/**
 * The hardware queues between host and device. A launch puts each segment of the request into a
 * queue: an idle one if there is any, otherwise the one that has gone unused for longest. A queue
 * runs its segments in order, so a segment that still waits for its predecessor holds up all
 * segments behind it, even those of other workers.
 */
export class HardwareQueues {
  readonly #segments: Segments
  readonly #queueOf: Int32Array
  /** Number of rows of each segment that have not ended yet. */
  readonly #left: Int32Array
  readonly #behind: Int32Array
  readonly #head: Int32Array
  readonly #tail: Int32Array
  readonly #usedAt: Float64Array
  #uses = 0

  /** @param queues hardware queues of the device */
  constructor(segments: Segments, queues: number) {
    this.#segments = segments
    this.#queueOf = new Int32Array(segments.count)
    this.#left = new Int32Array(segments.count)
    this.#behind = new Int32Array(segments.count)
    this.#head = new Int32Array(queues).fill(-1)
    this.#tail = new Int32Array(queues).fill(-1)
    this.#usedAt = new Float64Array(queues)
  }

  workerOf(segment: number): number {
    return this.#segments.worker[segment]
  }

  /** Queues the segments of a worker's request. */
  launch(worker: number): void {
    const { first, rows, isHome } = this.#segments
    const home = this.#choose()
    for (let segment = first[worker]; segment < first[worker + 1]; segment++) {
      this.#left[segment] = rows[segment]
      this.#push(segment, isHome[segment] === 1 ? home : this.#choose())
    }
  }

  /** Whether the row's segment and the segment of its memset nodes are first in their queues. */
  isNext(row: number): boolean {
    const segment = this.#segments.ofRow[row]
    const memsets = this.#segments.ofMemsets[row]
    if (memsets < 0) return this.#isHead(segment)
    return this.#isHead(memsets) && (this.#isHead(segment) || this.#behind[memsets] === segment)
  }

  /** Notes that the memset nodes before a row have run. Returns the segment whose turn comes as a result, or -1. */
  passMemsets(row: number): number {
    const segment = this.#segments.ofMemsets[row]
    return segment < 0 ? -1 : this.#pop(segment)
  }

  /** Notes that a row has run. If this ends its segment, returns the segment whose turn comes next, otherwise -1. */
  end(row: number): number {
    const segment = this.#segments.ofRow[row]
    if (--this.#left[segment] > 0) return -1
    return this.#pop(segment)
  }

  #isHead(segment: number): boolean {
    return this.#head[this.#queueOf[segment]] === segment
  }

  #choose(): number {
    let best = 0
    for (let queue = 1; queue < this.#head.length; queue++) {
      const isIdle = this.#head[queue] < 0
      const bestIsIdle = this.#head[best] < 0
      const isOlder = this.#usedAt[queue] < this.#usedAt[best]
      if (isIdle === bestIsIdle ? isOlder : isIdle) best = queue
    }
    return best
  }

  #push(segment: number, queue: number): void {
    this.#usedAt[queue] = ++this.#uses
    this.#queueOf[segment] = queue
    this.#behind[segment] = -1
    if (this.#head[queue] < 0) this.#head[queue] = segment
    else this.#behind[this.#tail[queue]] = segment
    this.#tail[queue] = segment
  }

  #pop(segment: number): number {
    const queue = this.#queueOf[segment]
    this.#head[queue] = this.#behind[segment]
    return this.#head[queue]
  }
}
