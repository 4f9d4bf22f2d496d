import { InputError } from '../../errors.js'

/** What the scheduler knows in advance about the partitions, from profiles. */
export interface ServiceTable {
  readonly partitions: number
  readonly maxBatch: number
  /** Estimated service time in µs at `[partition * (maxBatch + 1) + batch]`, batch from 1. */
  readonly estimateUs: Float64Array
}

/**
 * The table for partitions given as rows of latency by batch; index 0 is unused.
 * @throws InputError if there is no partition or the rows differ in length
 */
export function serviceTable(rows: readonly ArrayLike<number>[]): ServiceTable {
  const stride = rows[0]?.length ?? 0
  if (stride < 2) {
    throw new InputError({
      file: 'partitions',
      expected: 'at least one partition with a latency for batch 1',
      found: rows.length === 0 ? 'no partition' : 'an empty latency row',
    })
  }
  const estimateUs = new Float64Array(rows.length * stride)
  rows.forEach((row, index) => {
    if (row.length !== stride) {
      throw new InputError({
        file: 'partitions',
        path: `[${index}]`,
        expected: `${stride - 1} batches`,
        found: `${row.length - 1}`,
      })
    }
    estimateUs.set(Array.from(row), index * stride)
  })
  return { partitions: rows.length, maxBatch: stride - 1, estimateUs }
}

/**
 * The state on which a scheduler bases its decisions. The core writes it; schedulers only read it.
 */
export class ScheduleView {
  readonly table: ServiceTable
  /** Latency target of every request, µs after its arrival. */
  readonly slaUs: number
  /** Partitions from the slowest (smallest) to the fastest at the largest batch; ties by index. */
  readonly smallToLarge: Int32Array
  /** The same from the fastest to the slowest; ties by index too. */
  readonly largeToSmall: Int32Array
  /** Estimated service time of the requests waiting at each partition, µs. */
  readonly queuedUs: Float64Array
  /** When the launch running on each partition is expected to end, µs. */
  readonly busyUntilUs: Float64Array
  /** 1 where a launch is running. */
  readonly running: Uint8Array
  /** Requests waiting at each partition, not counting those that run. */
  readonly waiting: Int32Array
  nowUs = 0
  /** Requests in the shared queue. */
  held = 0

  readonly #stride: number

  constructor(table: ServiceTable, slaUs: number) {
    const n = table.partitions
    this.table = table
    this.slaUs = slaUs
    this.queuedUs = new Float64Array(n)
    this.busyUntilUs = new Float64Array(n)
    this.running = new Uint8Array(n)
    this.waiting = new Int32Array(n)
    this.#stride = table.maxBatch + 1
    const slowest = (p: number): number => table.estimateUs[p * this.#stride + table.maxBatch]
    const byIndex = Int32Array.from({ length: n }, (_, p) => p)
    this.smallToLarge = byIndex.toSorted((a, b) => slowest(b) - slowest(a) || a - b)
    this.largeToSmall = byIndex.toSorted((a, b) => slowest(a) - slowest(b) || a - b)
  }

  get partitions(): number {
    return this.table.partitions
  }

  /** Profiled service time of a batch on a partition, µs. */
  estimateUs(partition: number, batch: number): number {
    return this.table.estimateUs[partition * this.#stride + batch]
  }

  /**
   * Time in µs until the partition could start a new request: the rest of the running launch, plus
   * the queue.
   */
  waitUs(partition: number): number {
    if (this.running[partition] === 0) return this.queuedUs[partition]
    const restUs = this.busyUntilUs[partition] - this.nowUs
    return restUs > 0 ? this.queuedUs[partition] + restUs : this.queuedUs[partition]
  }

  isIdle(partition: number): boolean {
    return this.running[partition] === 0 && this.waiting[partition] === 0
  }
}
