import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { windowOf } from '../device/partition.js'
import { mean } from '../numbers.js'

/** Cost of creating a masked stream. */
export interface PoolCreation {
  readonly meanUs: number
  readonly worstUs: number
}

/** Creates pools of one stream over a quarter of the device, one after another. */
export function measurePoolCreation(device: PartitionedDevice, rounds: number): PoolCreation {
  const granules = device.granules.length
  const partition = windowOf(0, Math.ceil(granules / 4), granules)
  const timesUs = Array.from({ length: rounds }, () => {
    const start = performance.now()
    const pool = device.createPool([partition])
    const elapsedUs = 1000 * (performance.now() - start)
    pool.close()
    return elapsedUs
  })
  return { meanUs: mean(timesUs), worstUs: Math.max(...timesUs) }
}
