import { maskWords } from '../device/masks.js'
import type { Partition } from '../device/partition.js'
import { hipMaskLayout } from './hip/device.js'

/**
 * Returns the 32-bit words, least significant bit first, by which streams of a device name a
 * partition: on an AMD GPU a CU mask, on an NVIDIA GPU one bit for each granule.
 * @param fingerprint fingerprint of the device, as in plans
 * @throws WorkError for an AMD GPU that is not in this machine, since its masks depend on the chip
 */
export function streamMasks(fingerprint: string): (partition: Partition) => Iterable<number> {
  if (!fingerprint.startsWith('amd:')) return granuleWords
  const layout = hipMaskLayout()
  return (partition) => maskWords(layout, partition)
}

function granuleWords(partition: Partition): Uint32Array {
  const words = new Uint32Array(1 + (Math.max(...partition) >>> 5))
  for (const granule of partition) words[granule >>> 5] |= 1 << (granule & 31)
  return words
}
