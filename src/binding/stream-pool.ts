import type { Partition } from '../device/partition.js'
import { WorkError } from '../errors.js'
import type { MaskedStream, PartitionedDevice, StreamPool } from './partitioned-device.js'

interface OwnedStream extends MaskedStream {
  close(): void
}

/**
 * Creates a stream for each partition. If one fails, the streams made before it are returned.
 *
 * @throws WorkError if a partition is empty or names a granule that the device does not have
 */
export function createStreamPool(
  granules: PartitionedDevice['granules'],
  partitions: readonly Partition[],
  create: (partition: Partition) => OwnedStream,
): StreamPool {
  const streams: OwnedStream[] = []
  const close = () => {
    for (const stream of streams) stream.close()
  }
  try {
    for (const partition of partitions) {
      checkPartition(granules, partition)
      streams.push(create(partition))
    }
  } catch (error) {
    close()
    throw error
  }
  return { streams, close }
}

/**
 * Drivers do not take an empty mask to mean no compute units: AMD's hangs, and others give all of
 * them.
 */
function checkPartition(granules: PartitionedDevice['granules'], partition: Partition): void {
  if (partition.length === 0) throw new WorkError('a partition needs at least one granule')
  const unknown = partition.find((granule) => granules[granule] === undefined)
  if (unknown !== undefined)
    throw new WorkError(`the device has granules 0 to ${granules.length - 1}, not ${unknown}`)
}
