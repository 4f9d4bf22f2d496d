import { sevenSlice } from './seven-slice.js'

export const a100x40 = sevenSlice({
  name: 'a100-40',
  title: 'NVIDIA A100 40GB',
  cus: 108,
  memoryGb: 40,
  sliceGb: [5, 10, 20, 40],
  sms: [14, 14, 28, 42, 56, 98],
  provenance: [
    'names, counts: NVIDIA MIG User Guide, Supported MIG Profiles',
    'ids, SMs: published output of nvidia-smi mig -lgip; starts: -lgipp',
    'SMs of 1g.10gb: inferred, equal to 1g.5gb',
  ],
})
