import type { Device } from './device.js'
import type { Partition } from './partition.js'

/**
 * How the driver lays out the bits of a queue's CU mask on an AMD chip: successive bits go to the
 * dies in turn, then to the next shader engine, then to the next CU of each engine. Source: the
 * Linux kernel's amdkfd, `mqd_symmetrically_map_cu_mask`.
 */
export interface MaskLayout {
  /** Compute dies (XCDs) that one queue spans; 1 on a monolithic chip. */
  readonly dies: number
  /** Active CUs of each shader engine of one die. On RDNA, of each shader array, with arrays outermost. */
  readonly engineCus: readonly number[]
  /** CUs that are switched together: 1, or 2 if they are paired as work-group processors (RDNA). */
  readonly cusPerUnit: 1 | 2
}

/**
 * The granules of an AMD chip, shader engine by shader engine. Work-groups go to the dies in turn
 * whatever the mask is, and a die without CUs hangs the queue. A granule is therefore the same CU
 * of an engine on every die.
 */
export function maskGranules(layout: MaskLayout): Device['granules'] {
  const cus = layout.dies * layout.cusPerUnit
  return layout.engineCus.flatMap((engineCus, engine) =>
    Array.from({ length: engineCus / layout.cusPerUnit }, () => ({ cus, cluster: engine })),
  )
}

/** The mask of a partition as 32-bit words, least significant bit first. */
export function maskWords(layout: MaskLayout, partition: Partition): Uint32Array {
  const bits = granuleBits(layout)
  const words = new Uint32Array(Math.ceil(bits.flat().length / 32))
  for (const bit of partition.flatMap((granule) => bits[granule])) {
    words[bit >>> 5] |= 1 << (bit & 31)
  }
  return words
}

/** The mask bits of each granule, ascending, in the order of {@link maskGranules}. */
export function granuleBits(layout: MaskLayout): readonly (readonly number[])[] {
  const { dies, engineCus, cusPerUnit } = layout
  const bitsByEngine: number[][][] = engineCus.map(() => [])
  let bit = 0
  for (let cu = 0; cu < Math.max(...engineCus); cu += cusPerUnit) {
    for (const [engine, count] of engineCus.entries()) {
      if (cu >= count) continue
      const width = dies * cusPerUnit
      bitsByEngine[engine].push(Array.from({ length: width }, (_, i) => bit + i))
      bit += width
    }
  }
  return bitsByEngine.flat()
}

/**
 * The granules of an NVIDIA device after one split into equal groups of SMs: the groups, followed
 * by the remainder. Each group lies within one GPC, but only the driver knows which SMs it
 * contains.
 */
export function splitGranules(
  groupCount: number,
  groupCus: number,
  remainderCus: number,
): Device['granules'] {
  const sizes = [...Array<number>(groupCount).fill(groupCus), remainderCus]
  return sizes.filter((cus) => cus > 0).map((cus, cluster) => ({ cus, cluster }))
}
