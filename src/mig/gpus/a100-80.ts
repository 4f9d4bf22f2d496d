import { sevenSlice } from './seven-slice.js'

export const a100x80 = sevenSlice({
  name: 'a100-80',
  title: 'NVIDIA A100 80GB',
  cus: 108,
  memoryGb: 80,
  sliceGb: [10, 20, 40, 80],
  sms: [14, 14, 28, 42, 56, 98],
  provenance: [
    'names, counts: NVIDIA MIG User Guide, Supported MIG Profiles',
    'ids, SMs, starts: as on the A100 40GB',
    'SMs of 1g.20gb: inferred, equal to 1g.10gb',
  ],
})
