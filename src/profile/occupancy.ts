import type { Device } from '../device/device.js'
import { blockThreads, type Kernel } from './profile.js'

/** The resource that keeps a compute unit from holding one more block of a kernel. */
export type OccupancyLimit = 'threads' | 'blocks' | 'registers' | 'sharedMemory'

export interface Occupancy {
  /** Blocks of the kernel that fit on one compute unit at a time; at least 1. */
  readonly blocksPerCu: number
  readonly limitedBy: OccupancyLimit
}

/** Number of a kernel's blocks that fit on one compute unit at a time, regardless of what runs beside it. */
export function occupancy(device: Device, kernel: Kernel): Occupancy {
  const { cu } = device
  const threads = Math.ceil(blockThreads(kernel) / cu.warpSize) * cu.warpSize
  const limits: Record<OccupancyLimit, number> = {
    blocks: cu.blocks,
    threads: Math.floor(cu.threads / threads),
    registers: fits(cu.registers, kernel.registers * threads),
    sharedMemory: fits(cu.sharedMemoryBytes, kernel.sharedMemoryBytes),
  }
  const limitedBy = (Object.keys(limits) as OccupancyLimit[]).reduce((a, b) =>
    limits[b] < limits[a] ? b : a,
  )
  return { blocksPerCu: Math.max(1, limits[limitedBy]), limitedBy }
}

function fits(capacity: number, demand: number): number {
  return demand === 0 ? Number.POSITIVE_INFINITY : Math.floor(capacity / demand)
}
