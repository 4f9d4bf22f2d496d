import { sevenSlice } from './seven-slice.js'

export const h100x80 = sevenSlice({
  name: 'h100-80',
  title: 'NVIDIA H100 80GB',
  cus: 132,
  memoryGb: 80,
  sliceGb: [10, 20, 40, 80],
  sms: [16, 26, 32, 60, 64, 132],
  provenance: [
    'names, counts: NVIDIA MIG User Guide, Supported MIG Profiles',
    'ids, SMs: published output of nvidia-smi mig -lgip on an H100 80GB; starts: -lgipp',
  ],
})
