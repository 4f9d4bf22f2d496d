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
  const anywhere = [0, 1, 2, 3, 4, 5, 6]
  const profiles = [
    profile(19, 'standard', { slices: [1, 1], memoryGb: one, cus: sm1, starts: anywhere }),
    profile(20, 'media', { slices: [1, 1], memoryGb: one, cus: sm1, starts: anywhere }),
    profile(15, 'double-memory', {
      slices: [1, 2],
      memoryGb: two,
      cus: sm1Double,
      starts: [0, 2, 4, 6],
    }),
    profile(14, 'standard', { slices: [2, 2], memoryGb: two, cus: sm2, starts: [0, 2, 4] }),
    profile(9, 'standard', { slices: [3, 4], memoryGb: four, cus: sm3, starts: [0, 4] }),
    profile(5, 'standard', { slices: [4, 4], memoryGb: four, cus: sm4, starts: [0] }),
    profile(0, 'standard', { slices: [7, 8], memoryGb: eight, cus: sm7, starts: [0] }),
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

/** What one kind of instance takes. */
interface Size extends Pick<PartitionProfile, 'memoryGb' | 'cus' | 'starts'> {
  readonly slices: readonly [compute: number, memory: number]
}

/** There is one set of media engines, and otherwise as many instances as places to start. */
function profile(
  id: number,
  role: PartitionProfile['role'],
  { slices: [computeSlices, memorySlices], memoryGb, cus, starts }: Size,
): PartitionProfile {
  const isMedia = role === 'media'
  return {
    name: `${computeSlices}g.${memoryGb}gb${isMedia ? '+me' : ''}`,
    id,
    role,
    computeSlices,
    memorySlices,
    memoryGb,
    cus,
    starts,
    limit: isMedia ? 1 : starts.length,
  }
}
