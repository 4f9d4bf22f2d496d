import { type Device, totalCus } from '../device/device.js'
import { kernelUs, requestUs, totalUs } from '../profile/duration.js'
import { occupancy } from '../profile/occupancy.js'
import { blockThreads, gridBlocks, type Kernel, type Profile } from '../profile/profile.js'
import { contentionOf, crowding, seenLoad } from './contention.js'

/** Resources of a compute unit are counted in this many parts, so that shares stay integers. */
export const CU_PARTS = 65_536

/** Threads, blocks, registers, shared memory. */
export const RESOURCES = 4

/** What the engine knows of one kernel on a partition of a given size, alone on the device. */
export interface KernelCost {
  readonly blocks: number
  /** Time of one block in µs on a CU without load. */
  readonly blockUs: number
  readonly durationUs: number
  readonly blockLoad: number
  readonly blockMemory: number
  readonly memoryBound: number
  readonly gapUs: number
  readonly memsets: number
  /** Parts of a CU (of CU_PARTS) one block holds: threads, blocks, registers, shared memory. */
  readonly demand: readonly number[]
}

/**
 * Costs of a profile's kernels on `cus` compute units. The kernels' sum and the gaps between them
 * are reconciled with the measured latency of the whole request, where the profile carries it:
 * consecutive kernels overlap, and a profiler stretches them.
 */
export function kernelCosts(device: Device, profile: Profile, cus: number): KernelCost[] {
  const gapUs = device.costs.launchGapUs
  const scale = (requestUs(profile, cus) - gapUs * gaps(profile)) / totalUs(profile, cus)
  return profile.kernels.map((kernel) => kernelCost(device, kernel, cus, Math.max(scale, 0.1)))
}

function gaps(profile: Profile): number {
  return profile.latencyUs ? profile.kernels.length - 1 : 0
}

function kernelCost(device: Device, kernel: Kernel, cus: number, scale: number): KernelCost {
  const { blocksPerCu } = occupancy(device, kernel)
  const contention = contentionOf(device)
  const blocks = gridBlocks(kernel)
  const most = cus * blocksPerCu
  const waves = Math.ceil(blocks / most)
  const durationUs = kernelUs(kernel, cus) * scale
  const startUs = Math.min(contention.startUs, 0.8 * durationUs)
  const waveUs = (durationUs - startUs) / waves
  const blockLoad = (leastCuTime(kernel) * scale) / blocks / waveUs
  const waveCrowding = (inWave: number): number =>
    crowding(contention, seenLoad(cus, inWave, blockLoad, 0, 0))
  const crowdedWaves = (waves - 1) * waveCrowding(most) + waveCrowding(blocks - (waves - 1) * most)
  const memory = memoryShare(device, kernel, durationUs)
  return {
    blocks,
    blockUs: (waves * waveUs) / crowdedWaves,
    durationUs,
    blockLoad,
    blockMemory: (memory * durationUs) / waveUs / blocks,
    memoryBound: memory,
    gapUs: device.costs.launchGapUs + startUs,
    memsets: kernel.memsetsBefore ?? 0,
    demand: blockDemand(device, kernel),
  }
}

/** Least CU-time a kernel needs on any measured partition, in CU·µs: its work at full throughput. */
function leastCuTime(kernel: Kernel): number {
  return Math.min(...Object.entries(kernel.durationUs).map(([cus, us]) => Number(cus) * us))
}

/**
 * Share of the memory bandwidth that the kernel uses alone: from its bytes where the profile has
 * them, else from how far the time on half of the device falls short of twice the time on all.
 */
function memoryShare(device: Device, kernel: Kernel, durationUs: number): number {
  if (kernel.dramBytes !== undefined) {
    return Math.min(1, kernel.dramBytes / (device.memoryBandwidthGBps * 1e3 * durationUs))
  }
  const cus = totalCus(device)
  const half = Math.floor(cus / 2)
  if (gridBlocks(kernel) < 2 * cus) return 0
  const gain = kernelUs(kernel, half) / kernelUs(kernel, cus)
  return Math.min(1, Math.max(0, 2 - gain))
}

function blockDemand(device: Device, kernel: Kernel): number[] {
  const { cu } = device
  const threads = Math.ceil(blockThreads(kernel) / cu.warpSize) * cu.warpSize
  return [
    part(cu.threads, threads),
    part(cu.blocks, 1),
    part(cu.registers, kernel.registers * threads),
    part(cu.sharedMemoryBytes, kernel.sharedMemoryBytes),
  ]
}

/** The share of a CU that keeps exactly as many blocks resident as fit on one CU. */
function part(capacity: number, need: number): number {
  if (need === 0) return 0
  return Math.floor(CU_PARTS / Math.max(1, Math.floor(capacity / need)))
}
