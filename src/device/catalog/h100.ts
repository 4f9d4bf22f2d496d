import type { Device } from '../device.js'
import { h200 } from './h200.js'
import { ofH200, ofH200Provenance, powerOf } from './of-h200.js'

/**
 * NVIDIA H100 80GB SXM: the H200's 132 SMs on slower memory. Modelled: one was measured once, but of
 * that only the bandwidth was kept; the rest is the H200's.
 */
export const h100: Device = {
  ...ofH200,
  name: 'h100',
  granules: h200.granules,
  cu: h200.cu,
  memoryBandwidthGBps: 2800,
  power: powerOf(700, 132),
  provenance: {
    ...ofH200Provenance,
    status:
      'modelled: an H200 with the bandwidth of an H100; predictions for one were 8 to 10% too high where partitions are narrow or disjoint',
    granules: '132 SMs in 8 GPCs (data sheet); how they split was measured on one H200',
    cu: 'compute capability 9.0 limits, CUDA programming guide',
    memoryBandwidthGBps: 'device-to-device copy on one H100, measured once; data sheet: 3,350 GB/s',
  },
}
