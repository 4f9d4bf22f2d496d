import { sevenSlice } from './seven-slice.js'

export const h200x141 = sevenSlice({
  name: 'h200',
  title: 'NVIDIA H200 141GB',
  cus: 132,
  memoryGb: 141,
  sliceGb: [18, 35, 71, 141],
  sms: [16, 26, 32, 60, 64, 132],
  provenance: [
    'names, counts: NVIDIA MIG User Guide, Supported MIG Profiles',
    'ids, SMs of 1g, 2g, 3g, 4g, 7g: published output of nvidia-smi on H200',
    'SMs of 1g.35gb: a user report, equal to the H100; starts: inferred, as on the H100',
  ],
})
