import { spinFor } from '../binding/kernels.js'
import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { windowOf } from '../device/partition.js'
import type { QueueLoad } from '../device/queue-load.js'
import { WorkError } from '../errors.js'
import { settle } from './closed-loop.js'
import type { Scale } from './scale.js'

/** Holds more and more streams at once, until the device cannot make any more. */
export function measureQueues(device: PartitionedDevice, scale: Scale): QueueLoad[] {
  const loads: QueueLoad[] = []
  for (const streams of scale.streamCounts) {
    try {
      loads.push({ streams, stretch: measureStretch(device, scale, streams) })
    } catch (error) {
      if (error instanceof WorkError) return loads
      throw error
    }
  }
  return loads
}

function measureStretch(device: PartitionedDevice, scale: Scale, count: number): number {
  const granules = device.granules.length
  const partitions = Array.from({ length: count }, (_, i) => windowOf(i % granules, 1, granules))
  const pool = device.createPool(partitions)
  const hold = spinFor(device, scale.holdUs)
  const round = () => {
    const start = performance.now()
    const marks = pool.streams.map((stream) => {
      stream.launch(hold)
      return stream.record()
    })
    marks.forEach(settle)
    return 1000 * (performance.now() - start)
  }
  round()
  const elapsedUs = Math.min(round(), round(), round())
  pool.close()
  return elapsedUs / scale.holdUs
}
