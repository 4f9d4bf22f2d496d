import type { Device } from '../device.js'
import { splitGranules } from '../masks.js'
import { copyGBps, ofH200, ofH200Provenance, powerOf } from './of-h200.js'

/**
 * NVIDIA L40S: 142 SMs on GDDR6 memory behind a large L2 cache. Modelled: its data sheet and what was
 * measured on an H200, whose memory is five times as fast.
 */
export const l40s: Device = {
  ...ofH200,
  name: 'l40s',
  granules: splitGranules(35, 4, 2),
  cu: { threads: 1536, blocks: 24, registers: 65_536, sharedMemoryBytes: 102_400, warpSize: 32 },
  memoryBandwidthGBps: copyGBps(864),
  power: powerOf(350, 142),
  provenance: {
    ...ofH200Provenance,
    status: 'modelled: no such device was at hand; plans for it are worth a try and no promise',
    granules:
      'data sheet: 18,176 CUDA cores, which are 142 SMs in TPCs of 2; compute capability 8.x splits off 4 SMs at the least (CUDA driver API, green contexts)',
    cu: 'compute capability 8.9 limits, CUDA programming guide',
    memoryBandwidthGBps:
      'data sheet: 864 GB/s, of which a copy reaches 90%, as measured on one H200',
  },
}
