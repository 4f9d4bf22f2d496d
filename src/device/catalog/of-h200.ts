import { type Device, totalCus } from '../device.js'
import { h200 } from './h200.js'

const H200_DATA_SHEET_GBPS = 4800

/**
 * Values that modelled NVIDIA devices take over from the measured H200, because no data sheet gives
 * them: hardware queues, priorities, costs of driver and host, contention.
 */
export const ofH200 = {
  format: 'eclip.device/1',
  vendor: 'nvidia',
  poolUnit: 'granule',
  queueLimit: h200.queueLimit,
  priorityLevels: h200.priorityLevels,
  costs: h200.costs,
  contention: h200.contention,
} as const satisfies Partial<Device>

/**
 * Contention on a device with the H200's SMs for which nobody has fitted co-location runs. A loaded SM
 * asks for as many bytes as on the H200, and so for a larger share of a smaller bandwidth.
 */
export function carriedContention(memoryBandwidthGBps: number, cus: number): Device['contention'] {
  const { loadTraffic = 1 } = h200.contention
  const share = h200.memoryBandwidthGBps / totalCus(h200) / (memoryBandwidthGBps / cus)
  return {
    ...h200.contention,
    loadTraffic: Number((loadTraffic * share).toPrecision(3)),
  }
}

/** The sources of the fields of `ofH200`, and of what `powerOf` computes. */
export const ofH200Provenance: Device['provenance'] = {
  queueLimit: 'measured on one H200 and carried over: CUDA_DEVICE_MAX_CONNECTIONS=32',
  priorityLevels: 'measured on one H200 and carried over: stream priorities 0 to -5',
  costs: 'measured on one H200 and carried over; its host and driver, not yours',
  contention: 'fitted on co-location runs of one H200 and carried over',
  power:
    'limitW from the data sheet; the rest is what was measured on one H200, in proportion to the limit and spread over as many SMs as there are',
}

/** Bandwidth that a copy reaches, in GB/s: the same fraction of the data sheet's figure as on the H200. */
export function copyGBps(dataSheetGBps: number): number {
  return Math.round(dataSheetGBps * (h200.memoryBandwidthGBps / H200_DATA_SHEET_GBPS))
}

/** The H200's power in watts, scaled to another power limit and number of SMs. */
export function powerOf(limitW: number, cus: number): Device['power'] {
  const share = limitW / h200.power.limitW
  const cuShare = share * (totalCus(h200) / cus)
  const { idleW, activeW, cuWorkW = 0 } = h200.power
  return {
    ...h200.power,
    idleW: Math.round(idleW * share),
    activeW: Math.round(activeW * share),
    cuWorkW: Math.round(cuWorkW * cuShare * 10) / 10,
    limitW,
  }
}
