import type { PartitionableGpu, PartitionProfile } from '../gpu.js'

/** Numbers that differ between the GPUs with 7 compute and 8 memory slices. */
export interface SevenSliceFacts {
  readonly name: string
  readonly title: string
  readonly cus: number
  readonly memoryGb: number
  /** Memory in GB in the names of instances with 1, 2, 4 and 8 memory slices. */
  readonly sliceGb: readonly [one: number, two: number, four: number, eight: number]
  /** SMs of 1g, 1g with double memory, 2g, 3g, 4g, 7g. */
  readonly sms: readonly [number, number, number, number, number, number]
  readonly provenance: readonly string[]
}

/**
 * A100, H100 and H200 share profile ids and legal starts, as `nvidia-smi mig -lgipp` prints them:
 *
 *     19 and 20 {0..6}:1   15 {0,2,4,6}:2   14 {0,2,4}:2   9 {0,4}:4   5 {0}:4   0 {0}:8
 */
export function sevenSlice(facts: SevenSliceFacts): PartitionableGpu {
  const [one, two, four, eight] = facts.sliceGb
  const [sm1, sm1Double, sm2, sm3, sm4, sm7] = facts.sms
  const profiles: PartitionProfile[] = [
    {
      name: `1g.${one}gb`,
      id: 19,
      role: 'standard',
      computeSlices: 1,
      memorySlices: 1,
      memoryGb: one,
      cus: sm1,
      starts: [0, 1, 2, 3, 4, 5, 6],
      limit: 7,
    },
    {
      name: `1g.${one}gb+me`,
      id: 20,
      role: 'media',
      computeSlices: 1,
      memorySlices: 1,
      memoryGb: one,
      cus: sm1,
      starts: [0, 1, 2, 3, 4, 5, 6],
      limit: 1,
    },
    {
      name: `1g.${two}gb`,
      id: 15,
      role: 'double-memory',
      computeSlices: 1,
      memorySlices: 2,
      memoryGb: two,
      cus: sm1Double,
      starts: [0, 2, 4, 6],
      limit: 4,
    },
    {
      name: `2g.${two}gb`,
      id: 14,
      role: 'standard',
      computeSlices: 2,
      memorySlices: 2,
      memoryGb: two,
      cus: sm2,
      starts: [0, 2, 4],
      limit: 3,
    },
    {
      name: `3g.${four}gb`,
      id: 9,
      role: 'standard',
      computeSlices: 3,
      memorySlices: 4,
      memoryGb: four,
      cus: sm3,
      starts: [0, 4],
      limit: 2,
    },
    {
      name: `4g.${four}gb`,
      id: 5,
      role: 'standard',
      computeSlices: 4,
      memorySlices: 4,
      memoryGb: four,
      cus: sm4,
      starts: [0],
      limit: 1,
    },
    {
      name: `7g.${eight}gb`,
      id: 0,
      role: 'standard',
      computeSlices: 7,
      memorySlices: 8,
      memoryGb: eight,
      cus: sm7,
      starts: [0],
      limit: 1,
    },
  ]
  return {
    name: facts.name,
    title: facts.title,
    vendor: 'nvidia',
    computeSlices: 7,
    memorySlices: 8,
    memoryGb: facts.memoryGb,
    cus: facts.cus,
    mixing: 'free',
    profiles,
    provenance: facts.provenance,
  }
}
