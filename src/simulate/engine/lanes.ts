import type { HardwareQueues } from '../model/hardware-queues.js'
import type { Machine } from '../model/machine.js'
import type { Program } from '../model/program.js'
import type { Transition } from '../model/transition.js'
import { type Clock, KERNEL_READY } from './clock.js'

/** The state that the lanes of a run work on, and the callbacks for what happens. */
export interface LaneContext {
  readonly clock: Clock
  readonly machine: Machine
  readonly program: Program
  readonly transition: Transition
  readonly queues: HardwareQueues | undefined
  /** Hands the lane's next kernel to the dispatcher. */
  readonly dispatch: (lane: number) => void
  /** Called when all lanes of a worker have finished its request. */
  readonly endRequest: (worker: number) => void
}

/**
 * The order of kernels. Each lane runs one kernel after another; a request branches into several
 * lanes and joins them again where its profile says so. A kernel waits for its predecessor, for the
 * transition to its partition, and for its turn in a hardware queue.
 */
export class Lanes {
  /** Kernels launched so far. */
  launches = 0
  readonly #clock: Clock
  readonly #machine: Machine
  readonly #program: Program
  readonly #transition: Transition
  readonly #queues: HardwareQueues | undefined
  readonly #dispatch: (lane: number) => void
  readonly #endRequest: (worker: number) => void
  /**
   * For a lane that waits for a hardware queue, the row that it left before; the row that it waits
   * for if that row is the first of a request. -1 if the lane does not wait.
   */
  readonly #leftRow: Int32Array
  /** Number of lanes still running in each worker's open branches. */
  readonly #openLanes: Int32Array

  constructor(context: LaneContext) {
    this.#clock = context.clock
    this.#machine = context.machine
    this.#program = context.program
    this.#transition = context.transition
    this.#queues = context.queues
    this.#dispatch = context.dispatch
    this.#endRequest = context.endRequest
    this.#leftRow = new Int32Array(context.program.lanes).fill(-1)
    this.#openLanes = new Int32Array(context.program.workers)
  }

  /** The host launches a worker's request. Its first kernels are ready as soon as their queues are. */
  launchRequest(worker: number): void {
    this.#queues?.launch(worker)
    const program = this.#program
    const row = program.firstRow[worker]
    const rows = program.branches.get(row) ?? [row]
    this.#openLanes[worker] = program.branches.has(row) ? rows.length : 0
    rows.forEach((first, i) => {
      const lane = program.firstLane[worker] + i
      this.#machine.row[lane] = first
      if (this.#mayStart(lane, first, first)) this.kernelReady(lane)
    })
  }

  /** The lane's kernel may now be dispatched. */
  kernelReady(lane: number): void {
    if (this.#queues) this.#wake(this.#queues.passMemsets(this.#machine.row[lane]))
    this.launches++
    this.#dispatch(lane)
  }

  /** The lane's kernel has ended: the lane goes on, branches, joins others, or ends the request. */
  kernelEnded(lane: number): void {
    const program = this.#program
    const worker = program.workerOfLane[lane]
    const row = this.#machine.row[lane]
    if (this.#queues) this.#wake(this.#queues.end(row))
    const next = program.nextRow[row]
    if (next >= 0 && program.branches.has(next)) this.#branch(worker, next, row)
    else if (next >= 0) this.#follow(lane, next, row)
    else if (this.#openLanes[worker] > 0) this.#join(worker, row)
    else this.#endRequest(worker)
  }

  #follow(lane: number, row: number, previous: number): void {
    if (!this.#mayStart(lane, row, previous)) return
    const worker = this.#program.workerOfLane[lane]
    const { nowUs } = this.#clock
    const readyUs = this.#transition.readyUs(this.#machine, worker, row, previous, nowUs)
    this.#machine.row[lane] = row
    this.#clock.schedule(readyUs, KERNEL_READY, lane)
  }

  #branch(worker: number, row: number, previous: number): void {
    const rows = this.#program.branches.get(row)!
    this.#openLanes[worker] = rows.length
    rows.forEach((first, i) => {
      this.#follow(this.#program.firstLane[worker] + i, first, previous)
    })
  }

  #join(worker: number, row: number): void {
    if (--this.#openLanes[worker] > 0) return
    const joinRow = this.#program.joinRow[row]
    if (joinRow < 0) this.#endRequest(worker)
    else this.#follow(this.#program.firstLane[worker], joinRow, row)
  }

  /** Whether it is the row's turn in its hardware queue. If not, the lane waits for it. */
  #mayStart(lane: number, row: number, previous: number): boolean {
    if (!this.#queues || this.#queues.isNext(row)) return true
    this.#machine.row[lane] = row
    this.#leftRow[lane] = previous
    return false
  }

  /** Resumes the lanes that waited for the turn of a segment; -1 stands for no segment. */
  #wake(segment: number): void {
    if (segment < 0 || !this.#queues) return
    const worker = this.#queues.workerOf(segment)
    const { firstLane, lanes } = this.#program
    const { row } = this.#machine
    const end = firstLane[worker + 1] ?? lanes
    for (let lane = firstLane[worker]; lane < end; lane++) {
      const previous = this.#leftRow[lane]
      if (previous < 0) continue
      this.#leftRow[lane] = -1
      if (previous !== row[lane]) this.#follow(lane, row[lane], previous)
      else if (this.#mayStart(lane, previous, previous)) this.kernelReady(lane)
    }
  }
}
