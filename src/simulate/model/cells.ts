import type { Device } from '../../device/device.js'
import type { Partition } from '../../device/partition.js'

/**
 * Cells: sets of granules that no kernel of a plan tells apart. Blocks spread evenly over the
 * compute units of a cell.
 */
export interface Cells {
  readonly cellOfGranule: Int32Array
  /** Compute units of each cell. */
  readonly cus: Int32Array
}

/**
 * The cells of a device for kernels that run on the given partitions. Granules that belong to the
 * same partitions form one cell.
 */
export function cellsOf(device: Device, partitions: readonly Partition[]): Cells {
  const cellOfKey = new Map<string, number>()
  const cellOfGranule = device.granules.map((_, granule) => {
    const key = partitions.map((p) => +p.includes(granule)).join('')
    const cell = cellOfKey.get(key) ?? cellOfKey.size
    cellOfKey.set(key, cell)
    return cell
  })
  const cus = new Int32Array(cellOfKey.size)
  device.granules.forEach((granule, i) => {
    cus[cellOfGranule[i]] += granule.cus
  })
  return { cellOfGranule: Int32Array.from(cellOfGranule), cus }
}
