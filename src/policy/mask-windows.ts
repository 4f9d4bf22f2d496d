import { clusters, type Device, poolUnits } from '../device/device.js'
import { type Partition, partitionOf, windowOf } from '../device/partition.js'

/** The shortest window from `start` that holds at least `cus` compute units, in {@link maskOrder}. */
export function windowOfCus(device: Device, start: number, cus: number): Partition {
  const { granules } = device
  const order = maskOrder(device)
  const taken: number[] = []
  let held = 0
  do {
    const granule = order[(start + taken.length) % granules.length]
    taken.push(granule)
    held += granules[granule].cus
  } while (held < cus && taken.length < granules.length)
  return partitionOf(taken)
}

/**
 * Granules in the order in which mask bits address them. On AMD, each next bit goes to the next
 * shader engine, so a run of bits is spread evenly over the engines.
 */
function maskOrder(device: Device): readonly number[] {
  if (device.poolUnit !== 'cluster') return device.granules.map((_, i) => i)
  const groups = clusters(device)
  const longest = Math.max(...groups.map((group) => group.length))
  return Array.from({ length: longest }, (_, i) =>
    groups.flatMap((group) => group.slice(i, i + 1)),
  ).flat()
}

/** A window of pool units, which are whole clusters if the device's pool is made of them. */
export function unitWindow(device: Device, start: number, length: number): Partition {
  const units = poolUnits(device)
  return partitionOf(windowOf(start, length, units.length).flatMap((unit) => units[unit]))
}
