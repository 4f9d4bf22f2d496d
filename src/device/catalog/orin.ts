import type { Device } from '../device.js'
import { splitGranules } from '../masks.js'
import { h200 } from './h200.js'

/**
 * NVIDIA Jetson AGX Orin 64GB, an embedded GPU: 16 SMs, and memory shared with the host. Modelled
 * from its data sheet and from what was fitted on an H200; nothing here was measured on an Orin.
 */
export const orin: Device = {
  format: 'eclip.device/1',
  name: 'orin',
  vendor: 'nvidia',
  granules: splitGranules(4, 4, 0),
  poolUnit: 'granule',
  queueLimit: 32,
  priorityLevels: 6,
  cu: { threads: 1536, blocks: 16, registers: 65_536, sharedMemoryBytes: 167_936, warpSize: 32 },
  memoryBandwidthGBps: 205,
  costs: {
    maskCallUs: { mean: 3000, worst: 3000 },
    hardwareMaskUs: 1,
    switchUs: 7,
    barrierUs: 0,
    launchGapUs: 0,
    sharedLaunchGapUs: 0.3,
    launchGapPerWorkerUs: 0.5,
    processGapPerWorkerUs: 0.15,
    mpsGapUs: 0.9,
    dispatchUs: 400,
    shortestKernelUs: 3,
    hostTurnaroundUs: 60,
    streamOverloadUs: 0,
  },
  contention: h200.contention,
  power: { idleW: 9, activeW: 6, cuBusyW: 0, cuWorkW: 2, memoryBusyW: 6, limitW: 60 },
  provenance: {
    status: 'modelled: no such device was at hand; plans for it are worth a try and no promise',
    granules:
      'Jetson AGX Orin data sheet: 16 SMs; compute capability 8.x splits off 4 SMs at the least (CUDA driver API, green contexts)',
    cu: 'compute capability 8.7 limits, CUDA programming guide',
    memoryBandwidthGBps: 'data sheet: 204.8 GB/s LPDDR5',
    costs: 'those of the H200, half as much again to twice as much for the slower host: estimates',
    contention: 'fitted on co-location runs of one H200 and carried over',
    power: 'estimates within the 15 to 60 W of the data sheet',
  },
}
