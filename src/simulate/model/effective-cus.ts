import { cusOf, type Device } from '../../device/device.js'
import type { Partition } from '../../device/partition.js'
import { addTo } from '../../maps.js'

/**
 * Number of compute units that count in a partition. AMD deals a kernel's work-groups over the
 * shader engines in turn, however many CUs of each are in the mask. The engine with the fewest CUs
 * finishes last, so every other engine counts as if it had as few (Otterness and Anderson, RTNS
 * 2021; this is why ECLIP section 3 gives whole engines). Elsewhere every compute unit counts.
 */
export function effectiveCus(device: Device, partition: Partition): number {
  if (device.poolUnit !== 'cluster') return cusOf(device, partition)
  const byCluster = new Map<number, number>()
  for (const granule of partition) {
    const { cluster, cus } = device.granules[granule]
    addTo(byCluster, cluster, cus)
  }
  return byCluster.size * Math.min(...byCluster.values())
}
