import {
  cusOf,
  type Device,
  poolUnits,
  totalCus,
  wholeDevice,
  workersShareContexts,
} from '../device/device.js'
import { type Partition, partitionOf } from '../device/partition.js'
import { clamp } from '../numbers.js'
import { PoolBuilder } from '../plan/build.js'
import type { PoolEntry, PooledPartition } from '../plan/plan.js'
import { unitWindow } from './mask-windows.js'
import type { PolicyParameters } from './policy.js'

/** The streams that one worker may use, by ascending CUs. The last is the default, unmasked one. */
export type WorkerStreams = readonly PooledPartition[]

/** ECLIP section 3: seven masked streams and the default one fill the MI50's eight queues. */
const PAPER_STREAMS = 7

/**
 * The stream pool of a co-location: at most `poolStreams` masked streams and the default.
 *
 * - 2 workers: as published (ECLIP section 3): nested partitions of 1, 2 and 3 quarters that grow
 *   from opposite ends, {1} {1,3} {1,2,3} and {4} {2,4} {2,3,4}.
 * - otherwise: floor(poolStreams / workers) sizes each, as windows that start evenly spread
 *   over the device. For 3 workers these are the published sizes, one half and three quarters;
 *   a single size is two shares of the device, one half to one quarter of it.
 * - a number that does not divide: the first workers get one stream more, as long as there are
 *   sizes for it. The published pool of 3 workers leaves the seventh stream unused instead.
 * - more workers than streams: the streams are dealt round, so that some are shared.
 *
 * Every stream is owned by its worker: work of two workers in one stream is serialised. The
 * default is shared, as in the paper, where workers can share one without falling into lockstep.
 */
export function streamPool(
  device: Device,
  workers: number,
  poolStreams: PolicyParameters['poolStreams'],
): readonly WorkerStreams[] {
  const limit = poolStreams === 'device' ? Math.min(PAPER_STREAMS, device.queueLimit) : poolStreams
  const dealt = Math.min(workers, limit)
  return Array.from({ length: workers }, (_, w) => {
    const owner = workers > limit ? sharedOwner(w, workers, limit) : w
    const own = dealt === 0 ? 0 : streamsOfWorker(device, w, workers, poolStreams, limit)
    const masked = maskedPartitions(device, w % dealt, dealt, own).map((granules) => ({
      granules,
      owner,
    }))
    const defaultOwner = workersShareContexts(device) ? null : w
    return [...masked, { granules: wholeDevice(device), owner: defaultOwner }]
  })
}

/** The whole pool of all workers, each stream once, and the pool index of each worker's streams. */
export function pooledStreams(streams: readonly WorkerStreams[]): {
  readonly pool: readonly PoolEntry[]
  readonly indices: readonly (readonly number[])[]
} {
  const pool = new PoolBuilder()
  const indices = streams.map((own) =>
    own.map(({ granules, owner }) => pool.pooled(granules, owner)),
  )
  return { pool: pool.entries, indices }
}

/** Number of masked streams of a worker; the published pool gives every worker the same number. */
function streamsOfWorker(
  device: Device,
  worker: number,
  workers: number,
  poolStreams: PolicyParameters['poolStreams'],
  limit: number,
): number {
  const equal = Math.floor(limit / Math.min(workers, limit))
  if (poolStreams === 'device' || workers > limit) return equal
  const sizes = poolUnits(device).length - 1
  return Math.min(equal + (worker < limit % workers ? 1 : 0), Math.max(1, sizes))
}

/** A dealt stream belongs to one worker, unless the deal came round to it again. */
function sharedOwner(worker: number, workers: number, streams: number): number | null {
  const isAlone = worker + streams >= workers && worker < streams
  return isAlone ? worker : null
}

/** The distinct partitions of a worker's masked streams, the smallest first, as each lies within the next. */
function maskedPartitions(
  device: Device,
  worker: number,
  workers: number,
  perWorker: number,
): Partition[] {
  const units = poolUnits(device).length
  const partitions =
    workers === 2 && perWorker === 3 && units >= 4
      ? publishedPair(device, worker)
      : sharesOf(perWorker, workers).map((share) => {
          const base = Math.round((worker * units) / workers)
          return unitWindow(device, base, Math.max(1, Math.round(share * units)))
        })
  const smaller = partitions.filter((partition) => cusOf(device, partition) < totalCus(device))
  const distinct = new Map(smaller.map((partition) => [cusOf(device, partition), partition]))
  return [...distinct.values()]
}

/** The fractions of the device that a worker's streams take. */
function sharesOf(count: number, workers: number): number[] {
  if (count === 1) return [clamp(2 / workers, 1 / 4, 1 / 2)]
  if (count === 2) return [1 / 2, 3 / 4]
  return Array.from({ length: count }, (_, i) => (i + 1) / (count + 1))
}

/** ECLIP's pool for 2 workers over quarters of the device, by worker, smallest first. */
const PUBLISHED_PAIR = [
  [[0], [0, 2], [0, 1, 2]],
  [[3], [1, 3], [1, 2, 3]],
] as const

function publishedPair(device: Device, worker: number): Partition[] {
  const quarters = quartersOf(device)
  return PUBLISHED_PAIR[worker].map((parts) =>
    partitionOf(parts.flatMap((quarter) => quarters[quarter])),
  )
}

/** The device's pool units in four runs of nearly equal length. */
function quartersOf(device: Device): Partition[] {
  const units = poolUnits(device)
  return Array.from({ length: 4 }, (_, q) => {
    const from = Math.round((q * units.length) / 4)
    const to = Math.round(((q + 1) * units.length) / 4)
    return units.slice(from, to).flat()
  })
}
