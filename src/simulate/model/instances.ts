/** Hardware instances (MIG): partitions that have a part of the memory to themselves. */
import { isInstance, type Plan, type PoolEntry } from '../../plan/plan.js'
import type { KernelCost } from './kernel-cost.js'

/** The memories of a plan: one for all workers, or one for each hardware instance. */
export interface Memories {
  /** Each memory's share of the device's bandwidth. */
  readonly shares: readonly number[]
  readonly ofWorker: readonly number[]
}

/** Workers in different instances do not compete for memory; workers in the same instance do. */
export function memoriesOf({ pool, workers }: Plan): Memories {
  const instances = pool.filter(isInstance)
  if (instances.length === 0) return { shares: [1], ofWorker: workers.map(() => 0) }
  return {
    shares: instances.map(({ memoryShare = 1 }) => memoryShare),
    ofWorker: workers.map(({ groups }) => groups[0].partition),
  }
}

/**
 * Factor by which a kernel takes longer in an instance than on as many compute units with the full
 * memory bandwidth. It is above 1 if the instance's bandwidth needs more time than that for the
 * kernel's traffic.
 */
export function instanceStretch(
  entry: PoolEntry,
  { memoryBound }: Pick<KernelCost, 'memoryBound'>,
): number {
  if (!isInstance(entry)) return 1
  return Math.max(1, memoryBound / (entry.memoryShare ?? 1))
}
