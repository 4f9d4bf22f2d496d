import type { Device } from '../device.js'
import { h200 } from './h200.js'

/**
 * AMD MI50: 60 CUs in 4 shader engines. A mask can select single CUs, but ECLIP's pool gives out
 * whole engines.
 */
export const mi50: Device = {
  format: 'eclip.device/1',
  name: 'mi50',
  vendor: 'amd',
  granules: Array.from({ length: 60 }, (_, i) => ({ cus: 1, cluster: Math.floor(i / 15) })),
  poolUnit: 'cluster',
  queueLimit: 7,
  priorityLevels: 1,
  cu: { threads: 2560, blocks: 40, registers: 65_536, sharedMemoryBytes: 65_536, warpSize: 64 },
  memoryBandwidthGBps: 1024,
  costs: {
    maskCallUs: { mean: 30, worst: 55.4 },
    hardwareMaskUs: 1,
    switchUs: 5,
    barrierUs: 20,
    launchGapUs: 2,
    launchGapPerWorkerUs: 0,
    hostTurnaroundUs: 50,
    hostLaunchUs: 5,
    streamOverloadUs: 10,
  },
  contention: {
    ...h200.contention,
    processColdStartUs: 0,
    knee: 0.2,
    memory: 0.02,
    foreignLoad: 1,
  },
  power: { idleW: 25, activeW: 60, cuBusyW: 2.5, memoryBusyW: 30, limitW: 300 },
  provenance: {
    status: 'modelled: no such device was at hand',
    granules: 'ECLIP (arXiv 2506.12598) section 2: 60 CUs, 4 shader engines of 15',
    queueLimit: 'ECLIP observation 2: latency flat up to 7 masked streams',
    'costs.maskCallUs':
      'ECLIP observation 1: up to 55.4 us against a 19.8 us kernel; mean is our estimate',
    'costs.barrierUs':
      'not published by ECLIP; REEF (OSDI 2022) saw 20-40 us between streams on an MI50',
    'costs.hostLaunchUs': 'estimate: eager PyTorch launches a kernel every 5 to 10 us',
    contention:
      'fitted on co-location runs of one H200 and carried over, none of an MI50 exist; but knee and memory: two identical kernels on the same CUs took twice as long each (ECLIP section 4), see docs/reproduce.md',
    estimates: 'the other costs and power are estimates',
  },
}
