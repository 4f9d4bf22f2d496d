import { sum } from '../../numbers.js'
import type { Random } from '../../random.js'
import type { BatchDistribution } from '../../schedule/partitions/batch-sizes.js'
import type { PartitionableGpu } from '../gpu.js'
import type { LatencyModel } from '../latency-model.js'
import type { Layout } from '../layout.js'

/** What a partitioner knows when it divides the GPUs for one model. */
export interface PartitionProblem {
  readonly gpu: PartitionableGpu
  readonly gpus: number
  readonly latency: LatencyModel
  readonly distribution: BatchDistribution
  readonly slaUs: number
  /** Share of requests that must meet the target. */
  readonly quantile: number
  readonly random: Random
}

/** One partition of one GPU, running one copy of the model. */
export interface GpuPartition {
  /** Index of the GPU. */
  readonly gpu: number
  /** The profile's name, or the share of a soft partition. */
  readonly name: string
  readonly cus: number
  /**
   * Factor by which launches take longer because neighbours share the memory; 1 if they do not
   * share it.
   */
  readonly slowdown: number
}

/** The partitions of all GPUs. */
export interface Partitioning {
  /** Its name in tables: the partitioner, and the variant if there are several. */
  readonly name: string
  /** `hardware`: MIG instances or AMD modes; `soft`: shares of SMs without memory isolation. */
  readonly kind: 'hardware' | 'soft'
  readonly partitions: readonly GpuPartition[]
  /** The layout of each GPU; only for hardware partitions. */
  readonly layouts?: readonly Layout[]
}

/** A partitioner that finds no layout gives the reason in one line. */
export interface NoPartitioning {
  readonly name: string
  readonly reason: string
}

export type PartitionOutcome = Partitioning | NoPartitioning

export interface Partitioner {
  readonly name: string
  readonly title: string
  readonly source: string
  /** One outcome per variant it offers. */
  partition(problem: PartitionProblem): Promise<PartitionOutcome[]>
}

export function isPartitioning(outcome: PartitionOutcome): outcome is Partitioning {
  return 'partitions' in outcome
}

/** The partitions of hardware layouts, one layout per GPU. */
export function hardwarePartitioning(name: string, layouts: readonly Layout[]): Partitioning {
  const partitions = layouts.flatMap((layout, gpu) =>
    layout.map(({ profile }) => ({ gpu, name: profile.name, cus: profile.cus, slowdown: 1 })),
  )
  return { name, kind: 'hardware', partitions, layouts }
}

/**
 * If memory is not isolated: how much slower a kernel would run if others held the whole GPU. The
 * effect is taken to be proportional to the part that they hold. By the contention that was fitted
 * on an H200, a kernel that is bound by memory for a share m of its time is slowed by 0.25 * (0.55 +
 * m), that is by 0.14 to 0.39. The tables do not contain m; this value corresponds to m = 0.21.
 */
export const CONTENTION_PER_SHARE = 0.19

/**
 * Divides every GPU into the same soft partitions.
 * @param shares percent of the GPU's compute units, adding up to at most 100
 */
export function softPartitioning(
  name: string,
  problem: PartitionProblem,
  sharesOfGpu: readonly (readonly number[])[],
): Partitioning {
  const partitions = sharesOfGpu.flatMap((shares, gpu) => {
    const total = sum(shares)
    return shares.map((share) => ({
      gpu,
      name: `${share}%`,
      cus: Math.max(1, Math.floor((problem.gpu.cus * share) / 100)),
      slowdown: 1 + (CONTENTION_PER_SHARE * (total - share)) / 100,
    }))
  })
  return { name, kind: 'soft', partitions }
}
