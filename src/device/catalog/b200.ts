import type { Device } from '../device.js'
import { splitGranules } from '../masks.js'
import { copyGBps, ofH200, ofH200Provenance, powerOf } from './of-h200.js'

/** NVIDIA B200: 148 SMs on two dies. Modelled: its data sheet and what was measured on an H200. */
export const b200: Device = {
  ...ofH200,
  name: 'b200',
  granules: [...splitGranules(18, 8, 0), { cus: 4, cluster: 18, maxClusterBlocks: 2 }],
  cu: { threads: 2048, blocks: 32, registers: 65_536, sharedMemoryBytes: 233_472, warpSize: 32 },
  memoryBandwidthGBps: copyGBps(8000),
  power: powerOf(1000, 148),
  provenance: {
    ...ofH200Provenance,
    status: 'modelled: no such device was at hand; plans for it are worth a try and no promise',
    granules:
      'published device queries: 148 SMs (the data sheet gives none); compute capability 9.0 and above splits off 8 SMs at the least (CUDA driver API, green contexts); GPCs may leave room for one group less, as on the H200, and what is left over is taken to run thread-block clusters of 2, as there',
    cu: 'compute capability 10.0 limits, CUDA programming guide',
    memoryBandwidthGBps:
      'data sheet: 8,000 GB/s, of which a copy reaches 90%, as measured on one H200',
  },
}
