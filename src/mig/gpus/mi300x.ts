import type { PartitionableGpu, PartitionProfile } from '../gpu.js'

/** A compute partition mode: `parts` equal logical devices of whole XCDs (38 CUs each). */
function mode(name: string, parts: number): PartitionProfile {
  const xcds = 8 / parts
  return {
    name,
    role: 'standard',
    computeSlices: xcds,
    memorySlices: xcds,
    memoryGb: 192 / parts,
    cus: 38 * xcds,
    starts: Array.from({ length: parts }, (_, i) => i * xcds),
    limit: parts,
  }
}

export const mi300x: PartitionableGpu = {
  name: 'mi300x',
  title: 'AMD Instinct MI300X',
  vendor: 'amd',
  computeSlices: 8,
  memorySlices: 8,
  memoryGb: 192,
  cus: 304,
  mixing: 'uniform',
  profiles: [mode('CPX', 8), mode('QPX', 4), mode('DPX', 2), mode('SPX', 1)],
  provenance: [
    'modes and their number of partitions: AMD SMI, accelerator partition profiles',
    '8 XCDs, 304 CUs: AMD; 38 CUs per XCD: their quotient',
    'memory per partition: an equal share, inferred (in NPS1 the memory is one pool)',
  ],
}
