import { z } from 'zod'
import { type Device, fingerprint } from '../../device/device.js'
import { fingerprintText } from '../../device/granule-layout.js'
import { sum } from '../../numbers.js'
import { cus, granules, index, MOST_CUS, name } from '../../quantities.js'
import { MOST_GPUS } from '../gpu.js'
import type { GpuPartition } from '../partitioners/partitioner.js'

const entry = z.strictObject({
  granules: granules.describe('granule indices, ascending'),
  owner: index(MOST_CUS).describe('the worker that uses it, by index in this GPU'),
  cus: cus.describe('compute units it gives'),
  standsFor: name.describe('the hardware partition it replaces'),
})

export const poolFileSchema = z
  .strictObject({
    format: z.literal('eclip.pool/1'),
    device: z.strictObject({ name, fingerprint: fingerprintText }),
    model: name,
    gpus: z
      .array(z.strictObject({ gpu: index(MOST_GPUS), pool: z.array(entry).min(1).max(MOST_CUS) }))
      .min(1)
      .max(MOST_GPUS),
  })
  .describe('Soft partitions: streams on disjoint granules, one worker each')

/** Soft partitions of every GPU, in the form of a plan's pool. */
export type PoolFile = z.infer<typeof poolFileSchema>

/**
 * Turns a layout into a stream pool, for GPUs that cannot be partitioned in hardware. Each
 * partition becomes a run of granules with about as many compute units. Granules left over by
 * rounding go to the partitions that lost most by it, so that the pool covers the device.
 */
export function streamPoolFile(
  device: Device,
  model: string,
  partitions: readonly GpuPartition[],
): PoolFile {
  const gpus = [...new Set(partitions.map(({ gpu }) => gpu))]
  return {
    format: 'eclip.pool/1',
    device: { name: device.name, fingerprint: fingerprint(device) },
    model,
    gpus: gpus.map((gpu) => ({
      gpu,
      pool: poolOf(
        device,
        partitions.filter((partition) => partition.gpu === gpu),
      ),
    })),
  }
}

function poolOf(device: Device, partitions: readonly GpuPartition[]) {
  const counts = granuleCounts(device, partitions)
  let next = 0
  return partitions.map(({ name }, owner) => {
    const granules = Array.from({ length: counts[owner] }, () => next++)
    const cus = sum(granules.map((granule) => device.granules[granule].cus))
    return { granules, owner, cus, standsFor: name }
  })
}

/** Granules for each partition by the method of largest remainders, but at least one each. */
function granuleCounts(device: Device, partitions: readonly GpuPartition[]): number[] {
  const total = sum(partitions.map(({ cus }) => cus))
  const wanted = partitions.map(({ cus }) => (cus * device.granules.length) / total)
  const counts = wanted.map((n) => Math.max(1, Math.floor(n)))
  while (sum(counts) < device.granules.length) {
    const lost = counts.map((n, i) => wanted[i] - n)
    counts[lost.indexOf(Math.max(...lost))]++
  }
  while (sum(counts) > device.granules.length) counts[counts.indexOf(Math.max(...counts))]--
  return counts
}
