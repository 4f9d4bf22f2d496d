import type { Device } from '../device.js'
import { splitGranules } from '../masks.js'
import { copyGBps, ofH200, ofH200Provenance, powerOf } from './of-h200.js'

/** NVIDIA A100 80GB SXM: 108 SMs. Modelled: its data sheet and what was measured on an H200. */
export const a100: Device = {
  ...ofH200,
  name: 'a100',
  granules: splitGranules(27, 4, 0),
  cu: { threads: 2048, blocks: 32, registers: 65_536, sharedMemoryBytes: 167_936, warpSize: 32 },
  memoryBandwidthGBps: copyGBps(2039),
  power: powerOf(400, 108),
  provenance: {
    ...ofH200Provenance,
    status: 'modelled: no such device was at hand; plans for it are worth a try and no promise',
    granules:
      'A100 white paper: 108 SMs in 7 GPCs of 7 or 8 TPCs, which differ from chip to chip; compute capability 8.x splits off 4 SMs at the least (CUDA driver API, green contexts)',
    cu: 'compute capability 8.0 limits, CUDA programming guide',
    memoryBandwidthGBps:
      'data sheet: 2,039 GB/s, of which a copy reaches 90%, as measured on one H200',
  },
}
