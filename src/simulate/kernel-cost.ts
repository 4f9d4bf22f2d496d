import { type Device, totalCus } from '../device/device.js'
import { kernelUs } from '../profile/duration.js'
import { occupancy } from '../profile/occupancy.js'
import { blockThreads, gridBlocks, type Kernel, type Profile } from '../profile/profile.js'
import { contentionOf, crowding, seenLoad } from './contention.js'
import { reconcile } from './reconcile.js'
import { waveDurationUs } from './wave-duration.js'

/** Resources of a compute unit are counted in this many parts, so that shares stay integers. */
export const CU_PARTS = 65_536

/** Threads, blocks, registers, shared memory. */
export const RESOURCES = 4

/** What the engine knows of one kernel on a partition of a given size, alone on the device. */
export interface KernelCost {
  readonly waves: number
  readonly blocks: number
  readonly blocksPerCu: number
  /** Time of one block in µs on a CU without load. */
  readonly blockUs: number
  readonly durationUs: number
  readonly blockLoad: number
  readonly blockMemory: number
  readonly memoryBound: number
  readonly blockWorkCuUs: number
  readonly blockTrafficUs: number
  readonly gapUs: number
  readonly memsets: number
  /** Parts of a CU (of CU_PARTS) one block holds: threads, blocks, registers, shared memory. */
  readonly demand: readonly number[]
}

/** Where kernels run: compute units for most, and for each of those that cannot use all of them. */
export interface Room {
  readonly cus: number
  /** Compute units a kernel can use, and at which of its measured counts it runs like there. */
  usable(kernel: Kernel): { readonly cus: number; readonly likeCus: number }
}

/** Costs of a profile's kernels in a room, reconciled with the request's latency. */
export function kernelCosts(
  device: Device,
  profile: Profile,
  room: Room,
  mostWaves: number,
): KernelCost[] {
  const { scale, gapUs, branchGapUs } = reconcile(device, profile, room.cus)
  const costs = profile.kernels.map((kernel) =>
    inWaves(kernelCost(device, kernel, room, scale, gapUs), mostWaves),
  )
  for (const { first, count } of profile.parallel ?? []) {
    for (let i = first; i < first + count; i++) costs[i] = { ...costs[i], gapUs: branchGapUs }
  }
  return costs
}

function kernelCost(
  device: Device,
  kernel: Kernel,
  room: Room,
  scale: number,
  gapUs: number,
): KernelCost {
  const { blocksPerCu } = occupancy(device, kernel)
  const contention = contentionOf(device)
  const { cus, likeCus } = room.usable(kernel)
  const blocks = gridBlocks(kernel)
  const most = cus * blocksPerCu
  const waves = Math.ceil(blocks / most)
  const durationUs = waveDurationUs(kernel, blocks, blocksPerCu, likeCus) * scale
  const startUs = Math.min(contention.startUs, 0.8 * durationUs)
  const waveUs = (durationUs - startUs) / waves
  const blockLoad = (leastCuTime(kernel) * scale) / blocks / waveUs
  const waveCrowding = (inWave: number): number =>
    crowding(contention, seenLoad(cus, inWave, blockLoad, 0, 0))
  const crowdedWaves = (waves - 1) * waveCrowding(most) + waveCrowding(blocks - (waves - 1) * most)
  const memory = memoryShare(device, kernel, durationUs)
  return {
    waves,
    blocks,
    blocksPerCu,
    blockUs: (waves * waveUs) / crowdedWaves,
    durationUs,
    blockLoad,
    blockMemory:
      (memory * durationUs) / waveUs / blocks +
      (contention.loadTraffic * blockLoad) / totalCus(device),
    memoryBound: memory,
    blockWorkCuUs: (leastCuTime(kernel) * scale) / blocks,
    blockTrafficUs: (memory * durationUs) / blocks,
    gapUs: gapUs + startUs,
    memsets: kernel.memsetsBefore ?? 0,
    demand: blockDemand(device, kernel),
  }
}

/** The cost with several blocks taken as one, so that the kernel has at most so many waves. */
function inWaves(cost: KernelCost, mostWaves: number): KernelCost {
  const together = Math.floor(cost.waves / mostWaves)
  if (together < 2) return cost
  const blocks = Math.ceil(cost.blocks / together)
  const each = cost.blocks / blocks
  return {
    ...cost,
    blocks,
    blockUs: cost.blockUs * each,
    blockWorkCuUs: cost.blockWorkCuUs * each,
    blockTrafficUs: cost.blockTrafficUs * each,
  }
}

/** Least CU-time a kernel needs on any measured partition, in CU·µs: its work at full throughput. */
function leastCuTime(kernel: Kernel): number {
  const blocks = gridBlocks(kernel)
  return Math.min(
    ...Object.entries(kernel.durationUs).map(([cus, us]) => Math.min(Number(cus), blocks) * us),
  )
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
