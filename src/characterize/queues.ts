import { spinFor } from '../binding/kernels.js'
import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { windowOf } from '../device/partition.js'
import { WorkError } from '../errors.js'
import { settle } from './closed-loop.js'
import type { Scale } from './scale.js'

/**
 * How much longer a number of streams takes together than one alone, if each is held for the same
 * time.
 */
export interface QueueLoad {
  readonly streams: number
  /** 1 while all of them run side by side, and about 2 once some wait for others to end. */
  readonly stretch: number
}

/** Below this stretch, streams count as running side by side. */
const SIDE_BY_SIDE = 1.5

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

/** The most streams that still ran side by side: the queue knee. */
export function queueKnee(loads: readonly QueueLoad[]): number {
  const first = loads.findIndex(({ stretch }) => stretch >= SIDE_BY_SIDE)
  const last = first < 0 ? loads.length - 1 : Math.max(0, first - 1)
  return loads[last].streams
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
