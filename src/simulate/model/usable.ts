import type { Device } from '../../device/device.js'
import type { Partition } from '../../device/partition.js'
import type { Kernel } from '../../profile/profile.js'

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
