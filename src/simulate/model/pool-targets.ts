import type { Device } from '../../device/device.js'
import type { Partition } from '../../device/partition.js'
import { isPooled, isShare, type Plan, type PoolEntry } from '../../plan/plan.js'
import type { Kernel } from '../../profile/profile.js'
import { effectiveCus } from './effective-cus.js'
import type { PartitionCus } from './kernel-cost.js'

/** Stands for kernels whose clusters are too large for the granules that limit cluster size. */
const LARGE_CLUSTER = { clusterBlocks: Number.MAX_SAFE_INTEGER }

/** The granules of each pool entry, followed by the subsets of them that thread-block clusters can use. */
export function targetsOf(device: Device, plan: Plan): Partition[] {
  const entries = plan.pool.map((entry): Partition => (isPooled(entry) ? entry.granules : []))
  return [...entries, ...entries.map((entry) => usableGranules(device, LARGE_CLUSTER, entry))]
}

/** Index into {@link targetsOf} of the partition that a kernel runs on, if its group is on the given pool entry. */
export function targetOf(device: Device, plan: Plan, entry: number, kernel: Kernel): number {
  const { [entry]: pooled } = plan.pool
  if (!isPooled(pooled)) return entry
  const usable = usableGranules(device, kernel, pooled.granules)
  return usable.length === pooled.granules.length ? entry : plan.pool.length + entry
}

/**
 * The compute units of a pool entry from the point of view of kernels.
 * @param told whether a process with a share is told that it has the whole device
 */
export function partitionCusOf(device: Device, entry: PoolEntry, told: boolean): PartitionCus {
  if (!isPooled(entry)) {
    const { cus } = entry
    const share = told ? 'told share' : 'share'
    const kind = isShare(entry) ? share : 'partition'
    return { cus, kind, key: `${kind} of ${cus}`, usable: () => ({ cus, likeCus: cus }) }
  }
  const cus = effectiveCus(device, entry.granules)
  const isWhole = entry.granules.length === device.granules.length
  const byClusterSize = clusterLimits(device).map((limit) =>
    effectiveCus(device, usableGranules(device, { clusterBlocks: limit + 1 }, entry.granules)),
  )
  return {
    cus,
    kind: 'partition',
    key: [cus, ...byClusterSize, isWhole].join(),
    usable(kernel) {
      const granules = usableGranules(device, kernel, entry.granules)
      if (granules.length === entry.granules.length) return { cus, likeCus: cus }
      const usable = effectiveCus(device, granules)
      return { cus: usable, likeCus: isWhole ? cus : usable }
    },
  }
}

/** The cluster sizes above which some granule becomes unusable. */
function clusterLimits(device: Device): number[] {
  return [...new Set(device.granules.flatMap(({ maxClusterBlocks }) => maxClusterBlocks ?? []))]
}

/** The granules of a partition on which a kernel's thread-block clusters can run. */
export function usableGranules(
  device: Device,
  kernel: Pick<Kernel, 'clusterBlocks'>,
  partition: Partition,
): Partition {
  const blocks = kernel.clusterBlocks ?? 1
  if (blocks === 1) return partition
  const usable = partition.filter((g) => blocks <= (device.granules[g].maxClusterBlocks ?? blocks))
  return usable.length === 0 ? partition : usable
}
