import type { Launch, PartitionedDevice } from '../binding/partitioned-device.js'
import { totalCus } from '../device/device.js'
import { partitionOf } from '../device/partition.js'
import { GROUP_SIZE, groupsPerCu } from './groups.js'
import type { Scale } from './scale.js'

const ROUNDS = 5
const WORDS_PER_VECTOR = 4

/** Bandwidth of a copy kernel on the whole device, in GB/s: bytes read and written in the best round. */
export function measureBandwidthGBps(device: PartitionedDevice, scale: Scale): number {
  return withCopy(device, scale.copyWords, (copy) => {
    const pool = device.createPool([partitionOf(device.granules.keys())])
    const [stream] = pool.streams
    const timesUs = Array.from({ length: ROUNDS }, () => {
      const start = stream.record()
      stream.launch(copy)
      const end = stream.record()
      stream.synchronize()
      const us = device.elapsedUs(start, end)
      start.release()
      end.release()
      return us
    })
    pool.close()
    const bytes = 2 * 4 * scale.copyWords
    return bytes / (1000 * Math.min(...timesUs))
  })
}

/** Calls `use` with a launch that copies one buffer of `words` words to another. */
export function withCopy<T>(device: PartitionedDevice, words: number, use: (copy: Launch) => T): T {
  const [target, source] = [device.createBuffer(words), device.createBuffer(words)]
  try {
    return use({
      kernel: 'copy',
      groups: totalCus(device) * groupsPerCu(device),
      groupSize: GROUP_SIZE,
      args: [target, source, words / WORDS_PER_VECTOR],
    })
  } finally {
    target.free()
    source.free()
  }
}
