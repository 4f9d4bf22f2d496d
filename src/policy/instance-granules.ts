/** Chooses the granules of a device that stand for the compute units of its hardware instances. */
import type { Device } from '../device/device.js'
import { difference, type Partition, partitionOf } from '../device/partition.js'

/**
 * Granules for each instance, disjoint from those of all others. They hold as many of its compute units as
 * granules can without exceeding them. The largest instances choose first.
 * @param instanceCus compute units of each instance
 */
export function granulesOfInstances(device: Device, instanceCus: readonly number[]): Partition[] {
  const order = [...instanceCus.keys()].sort((a, b) => instanceCus[b] - instanceCus[a] || a - b)
  const chosen: Partition[] = []
  let free: Partition = [...device.granules.keys()]
  for (const i of order) {
    chosen[i] = fullest(device, free, instanceCus[i])
    free = difference(free, chosen[i])
  }
  return chosen
}

/** The granules with the most compute units up to `mostCus`; the first such choice if several are equal. */
function fullest(device: Device, free: Partition, mostCus: number): Partition {
  const byCus = new Map<number, Partition>([[0, []]])
  for (const granule of free) {
    for (const [cus, granules] of [...byCus]) {
      const more = cus + device.granules[granule].cus
      if (more <= mostCus && !byCus.has(more)) byCus.set(more, [...granules, granule])
    }
  }
  return partitionOf(byCus.get(Math.max(...byCus.keys())) ?? [])
}
