import { pooledPartitions } from '../plan/executable.js'
import type { Plan, WorkerPlan } from '../plan/plan.js'
import type {
  Completion,
  Launch,
  MaskedStream,
  PartitionedDevice,
  StreamPool,
} from './partitioned-device.js'

/** Costs of a worker's kernels so far. */
export interface DispatchCounts {
  readonly kernels: number
  /** How many kernels went to a different stream than their predecessor. */
  readonly switches: number
  /** How many switches had to wait because the predecessor was still running. */
  readonly barriers: number
}

/**
 * One worker's side of ECLIP's runtime scheduler (section 1.3 of the paper). Every kernel it
 * launches goes to the stream that the plan names for it. Order is enforced only where it could be
 * lost: between streams, and only if the predecessor's completion mark has not been reached yet.
 */
export class WorkerDispatcher {
  /** The lookup table: the stream of each kernel of a request. */
  readonly #table: readonly MaskedStream[]
  #next = 0
  /** The completion mark of the last kernel, if the next one goes to another stream. */
  #predecessor: Completion | undefined
  #counts = { kernels: 0, switches: 0, barriers: 0 }

  constructor(plan: WorkerPlan, streams: readonly MaskedStream[]) {
    this.#table = plan.groups.flatMap((group) =>
      Array<MaskedStream>(group.kernels).fill(streams[group.partition]),
    )
  }

  get counts(): DispatchCounts {
    return this.#counts
  }

  /** Launches the next kernel of the request. After the last one, the next request begins. */
  dispatch(launch: Launch): void {
    const stream = this.#table[this.#next]
    this.#enforceOrder(stream)
    stream.launch(launch)
    this.#counts.kernels++
    this.#next = (this.#next + 1) % this.#table.length
    if (this.#table[this.#next] !== stream) this.#predecessor = stream.record()
  }

  #enforceOrder(stream: MaskedStream): void {
    const predecessor = this.#predecessor
    if (predecessor === undefined) return
    this.#counts.switches++
    if (!predecessor.isDone()) {
      stream.wait(predecessor)
      this.#counts.barriers++
    }
    predecessor.release()
    this.#predecessor = undefined
  }

  /** Marks the kernels dispatched so far; the caller releases the mark. */
  completion(): Completion {
    const last = this.#table[(this.#next + this.#table.length - 1) % this.#table.length]
    return last.record()
  }

  close(): void {
    this.#predecessor?.release()
    this.#predecessor = undefined
  }
}

/** A plan that is being executed on a device: its stream pool, and a dispatcher for each worker. */
export interface PlanExecutor {
  /** The plan's pool. */
  readonly streams: readonly MaskedStream[]
  readonly workers: readonly WorkerDispatcher[]
  /** Waits for everything dispatched and returns the streams. */
  close(): void
}

/**
 * Creates the plan's stream pool on a device.
 *
 * @throws InputError if the plan places partitions at dispatch, which no driver can do
 * @throws WorkError if the device cannot mask a partition of the plan
 */
export function executePlan(device: PartitionedDevice, plan: Plan): PlanExecutor {
  const pool = device.createPool(pooledPartitions(plan))
  const workers = plan.workers.map((worker) => new WorkerDispatcher(worker, pool.streams))
  return { streams: pool.streams, workers, close: () => closeExecutor(device, pool, workers) }
}

function closeExecutor(
  device: PartitionedDevice,
  pool: StreamPool,
  workers: readonly WorkerDispatcher[],
): void {
  device.synchronize()
  for (const worker of workers) worker.close()
  pool.close()
}
