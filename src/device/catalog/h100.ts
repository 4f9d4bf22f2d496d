import type { Device } from '../device.js'
import { h200 } from './h200.js'
import { carriedContention, ofH200, ofH200Provenance, powerOf } from './of-h200.js'

const MEMORY_BANDWIDTH_GBPS = 2860

/** NVIDIA H100 80GB SXM, as measured by `eclip characterize`: the H200's 132 SMs with slower memory. */
export const h100: Device = {
  ...ofH200,
  name: 'h100',
  granules: h200.granules,
  cu: h200.cu,
  memoryBandwidthGBps: MEMORY_BANDWIDTH_GBPS,
  costs: { ...h200.costs, maskCallUs: { mean: 1340, worst: 2700 }, switchUs: 4.4, dispatchUs: 430 },
  contention: carriedContention(MEMORY_BANDWIDTH_GBPS, 132),
  hogs: {
    cus: 64,
    hogCus: 56,
    pressure: {
      stream: { stream: 1.955, cache: 1.347, products: 1.188 },
      cache: { stream: 3.423, cache: 1.715, products: 1.363 },
      products: { stream: 1.631, cache: 1.09, products: 1.328 },
    },
  },
  power: powerOf(700, 132),
  provenance: {
    ...ofH200Provenance,
    measured:
      'eclip characterize on one NVIDIA H100 80GB HBM3, driver 580, CUDA 13.0: granules, queueLimit, priorityLevels, cu, memoryBandwidthGBps, maskCallUs, switchUs',
    granules:
      'cuDevSmResourceSplitByCount(8 SMs, flags 0) on driver 580: 15 groups of 8, remainder 12',
    queueLimit: 'measured: CUDA_DEVICE_MAX_CONNECTIONS=32',
    priorityLevels: 'measured: stream priorities 0 to -5',
    hogs: 'node bench/interference.mjs on one NVIDIA H100 80GB HBM3, driver 580, 2026-11-22',
    cu: 'compute capability 9.0 limits, CUDA programming guide',
    memoryBandwidthGBps: 'device-to-device copy, bytes read and written, measured',
    power:
      "the H200's: 4 % off on 88 runs of one H100, where every profile carries its power alone",
  },
}
