import { type Device, totalCus } from '../../device/device.js'
import { clamp } from '../../numbers.js'
import { kernelUs } from '../../profile/duration.js'
import { occupancy } from '../../profile/occupancy.js'
import { blockThreads, gridBlocks, type Kernel, type Profile } from '../../profile/profile.js'
import { contentionOf, crowding, seenLoad } from './contention.js'
import { blockLoad, leastCuTime } from './kernel-work.js'
import { memsetUs } from './memsets.js'
import { ProfileCache } from './profile-cache.js'
import { type Reconciliation, reconcile, reconcileShare, reconcileTold } from './reconcile.js'
import { waveDurationUs } from './wave-duration.js'

/** Resources of a compute unit are counted in this many parts, so that shares are integers. */
export const CU_PARTS = 65_536

/** Threads, blocks, registers, shared memory. */
export const RESOURCES = 4

/** What the engine knows about one kernel on a partition of a given size, alone on the device. */
export interface KernelCost {
  readonly waves: number
  readonly blocks: number
  readonly blocksPerCu: number
  /** Time of one block in µs on an otherwise idle CU. */
  readonly blockUs: number
  readonly durationUs: number
  readonly blockLoad: number
  readonly blockMemory: number
  /** Share of the memory bandwidth that the kernel's traffic takes on its partition, 0..1. */
  readonly memoryBound: number
  readonly blockWorkCuUs: number
  readonly blockTrafficUs: number
  readonly gapUs: number
  /**
   * The part of the gap that the profile measured alone and that neighbours' additions already
   * cover: see `addedGapUs`.
   */
  readonly profiledGapUs: number
  /** Memset nodes before the kernel. */
  readonly memsets: number
  /** Parts of a CU (out of CU_PARTS) that one block holds: threads, blocks, registers, shared memory. */
  readonly demand: readonly number[]
}

/** The compute units of a partition from the point of view of kernels, some of which cannot use all of them. */
export interface PartitionCus {
  readonly cus: number
  /**
   * Either specific compute units, or a number of whichever are free. The latter is the share of a
   * process, which is told that it has either the whole device or its share alone.
   */
  readonly kind: 'partition' | 'share' | 'told share'
  /** The same for all partitions on which every kernel costs the same. */
  readonly key: string
  /** How many compute units a kernel can use, and at which count its measured time applies. */
  usable(kernel: Kernel): { readonly cus: number; readonly likeCus: number }
}

const known = new ProfileCache<string, readonly KernelCost[]>()

/**
 * Costs of a profile's kernels on a partition, reconciled with the request's latency. They are
 * cached for the next plan, because a search asks for the same few sizes hundreds of times.
 */
export function kernelCosts(
  device: Device,
  profile: Profile,
  partition: PartitionCus,
  mostWaves: number,
): readonly KernelCost[] {
  const key = `${partition.key} in ${mostWaves} waves`
  return known.get(device, profile, key, () => computedCosts(device, profile, partition, mostWaves))
}

function computedCosts(
  device: Device,
  profile: Profile,
  partition: PartitionCus,
  mostWaves: number,
): KernelCost[] {
  const reconciliation = reconciled(device, profile, partition)
  const { gapUs, branchGapUs } = reconciliation
  const costOf = costOn(device, partition, reconciliation)
  const costs = profile.kernels.map((kernel) => inWaves(costOf(kernel), mostWaves))
  for (const { first, count } of profile.parallel ?? []) {
    for (let i = first; i < first + count; i++)
      costs[i] = { ...costs[i], gapUs: costs[i].gapUs - gapUs + branchGapUs }
  }
  return costs
}

function reconciled(device: Device, profile: Profile, partition: PartitionCus): Reconciliation {
  if (partition.kind === 'partition') return reconcile(device, profile, partition.cus)
  const kernelsUs = profile.kernels.map((kernel) => aloneUs(device, kernel, partition))
  const reconcileProcess = partition.kind === 'told share' ? reconcileTold : reconcileShare
  return reconcileProcess(device, profile, partition.cus, kernelsUs)
}

/** Measured time of a kernel that runs alone on a partition, in µs. */
function aloneUs(device: Device, kernel: Kernel, partition: PartitionCus): number {
  const { blocksPerCu } = occupancy(device, kernel)
  return waveDurationUs(kernel, gridBlocks(kernel), blocksPerCu, partition.usable(kernel).likeCus)
}

/** Returns the cost function for kernels on a partition, with everything common to all kernels looked up once. */
function costOn(
  device: Device,
  partition: PartitionCus,
  { scale, gapUs, profiledGapUs }: Reconciliation,
): (kernel: Kernel) => KernelCost {
  const contention = contentionOf(device)
  const deviceCus = totalCus(device)
  return (kernel) => {
    const { blocksPerCu } = occupancy(device, kernel)
    const { cus } = partition.usable(kernel)
    const blocks = gridBlocks(kernel)
    const most = cus * blocksPerCu
    const waves = Math.ceil(blocks / most)
    const durationUs = aloneUs(device, kernel, partition) * scale
    const waveUs = durationUs / waves
    const load = blockLoad(device, kernel, waveUs, scale)
    const waveCrowding = (inWave: number): number =>
      crowding(contention, seenLoad(contention, cus, inWave, load, 0, 0))
    const lastWave = blocks - (waves - 1) * most
    const crowdedWaves = (waves - 1) * waveCrowding(most) + waveCrowding(lastWave)
    const memory = Math.min(1, trafficUs(device, kernel) / durationUs)
    return {
      waves,
      blocks,
      blocksPerCu,
      blockUs: (waves * waveUs) / crowdedWaves,
      durationUs,
      blockLoad: load,
      blockMemory:
        (memory * durationUs) / waveUs / blocks + (contention.loadTraffic * load) / deviceCus,
      memoryBound: memory,
      blockWorkCuUs: (leastCuTime(kernel) * scale) / blocks,
      blockTrafficUs: (memory * durationUs) / blocks,
      gapUs: gapUs + memsetUs(device, kernel, cus),
      profiledGapUs,
      memsets: kernel.memsetsBefore ?? 0,
      demand: blockDemand(device, kernel),
    }
  }
}

/**
 * The cost with several blocks merged into one, so that the kernel has at most `mostWaves` waves.
 * Alone, it takes as long as before.
 */
function inWaves(cost: KernelCost, mostWaves: number): KernelCost {
  const { waves, blocks } = cost
  if (waves <= mostWaves) return cost
  const together = waves / mostWaves
  const fewer = Math.ceil(blocks / together)
  return {
    ...cost,
    waves: mostWaves,
    blocks: fewer,
    blockUs: cost.blockUs * together,
    blockWorkCuUs: (cost.blockWorkCuUs * blocks) / fewer,
    blockTrafficUs: (cost.blockTrafficUs * blocks) / fewer,
  }
}

/**
 * Least time in µs that the device's whole memory bandwidth needs for the kernel's traffic, which is the same on any
 * number of compute units: from its bytes where the profile has them, else from how far the time on half of the
 * device falls short of twice the time on all. What even the shortest kernels take is left out, since it
 * shrinks on no device.
 */
function trafficUs(device: Device, kernel: Kernel): number {
  if (kernel.dramBytes !== undefined) return kernel.dramBytes / (device.memoryBandwidthGBps * 1e3)
  const cus = totalCus(device)
  const half = Math.floor(cus / 2)
  if (gridBlocks(kernel) < 2 * cus) return 0
  const fixedUs = device.costs.shortestKernelUs ?? 0
  const scalingUs = kernelUs(kernel, cus) - fixedUs
  if (scalingUs <= 0) return 0
  const gain = (kernelUs(kernel, half) - fixedUs) / scalingUs
  return clamp(2 - gain, 0, 1) * scalingUs
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

/** The share of a CU per block at which exactly as many blocks stay resident as fit on one CU. */
function part(capacity: number, need: number): number {
  if (need === 0) return 0
  return Math.floor(CU_PARTS / Math.max(1, Math.floor(capacity / need)))
}
