import type { Device } from '../device.js'
import { splitGranules } from '../masks.js'

/**
 * NVIDIA H200: 132 SMs, which a single split into green contexts divides into 15 groups of 8 and
 * one group of 12.
 */
export const h200: Device = {
  format: 'eclip.device/1',
  name: 'h200',
  vendor: 'nvidia',
  granules: [...splitGranules(15, 8, 0), { cus: 12, cluster: 15, maxClusterBlocks: 2 }],
  poolUnit: 'granule',
  queueLimit: 32,
  priorityLevels: 6,
  cu: { threads: 2048, blocks: 32, registers: 65_536, sharedMemoryBytes: 233_472, warpSize: 32 },
  memoryBandwidthGBps: 4300,
  costs: {
    maskCallUs: { mean: 1400, worst: 1400 },
    hardwareMaskUs: 1,
    switchUs: 4.6,
    barrierUs: 0,
    launchGapUs: 0,
    sharedLaunchGapUs: 0.2,
    launchGapPerWorkerUs: 0.36,
    processGapPerWorkerUs: 0.1,
    mpsGapUs: 0.6,
    dispatchUs: 350,
    shortestKernelUs: 2,
    hostTurnaroundUs: 10,
    hostTurnaroundPerWorkerUs: 8,
    streamOverloadUs: 0,
  },
  contention: {
    knee: 1,
    memory: 0.25,
    memoryFloor: 0.55,
    loadTraffic: 1.3,
    foreignLoad: 1,
    toldForeignLoad: 1.2,
    coldStartUs: 0.35,
    processColdStartUs: 0.6,
  },
  hogs: {
    cus: 64,
    hogCus: 56,
    pressure: {
      stream: { stream: 1.755, cache: 1.289, products: 1.186 },
      cache: { stream: 2.452, cache: 1.472, products: 1.261 },
      products: { stream: 1.318, cache: 1.086, products: 1.322 },
    },
  },
  power: {
    idleW: 80,
    activeW: 50,
    cuBusyW: 0,
    cuWorkW: 5.8,
    memoryBusyW: 0,
    sharedEnergyShare: 0.28,
    limitW: 700,
  },
  provenance: {
    granules:
      'cuDevSmResourceSplitByCount(8 SMs, flags 0) on driver 580: 15 groups of 8, remainder 12',
    queueLimit: 'CUDA_DEVICE_MAX_CONNECTIONS=32, which eclip sets; see docs/hardware.md',
    priorityLevels: 'cuCtxGetStreamPriorityRange on driver 580: 0 to -5',
    cu: 'compute capability 9.0 limits, CUDA programming guide',
    memoryBandwidthGBps: 'device-to-device copy, bytes read and written, measured',
    'costs.maskCallUs':
      'creating a green context and a stream: 1.4 ms, measured; a live one cannot be re-masked',
    'costs.hardwareMaskUs':
      'KRISP (HPCA 2023): mask generation in the command processor, about 1 us',
    costs: 'switch table measured on one H200, CUDA 13.0; see docs/hardware.md',
    contention: 'fitted on co-location runs of one H200; see docs/hardware.md',
    hogs: 'node bench/interference.mjs on one H200: data/measured/device/h200-interference.json',
    'costs.hostTurnaroundUs, costs.hostTurnaroundPerWorkerUs':
      'closed-loop rates against graph latencies: 10 us alone, some 35 us with four workers',
    'costs.processGapPerWorkerUs, contention.processColdStartUs':
      'fitted on 30 runs of 6 mixes under MPS; see docs/hardware.md',
    'contention.toldForeignLoad':
      'chosen looking at demands served under MPS in open load; see docs/accuracy.md',
    power:
      'NVML total-energy counter on one H200: idle 80 W, one busy model 275-350 W, four 500-690 W',
  },
}
