import { PoolBuilder } from '../plan/build.js'
import type { PoolEntry } from '../plan/plan.js'
import type { WorkerStreams } from './stream-pool.js'

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
