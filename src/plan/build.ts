import { fingerprint } from '../device/device.js'
import { equals, type Partition } from '../device/partition.js'
import { describe, expectIn } from '../errors.js'
import { frozen } from '../frozen.js'
import type { Scenario } from '../workload/scenario.js'
import {
  type Evidence,
  isPlaced,
  isPooled,
  isShare,
  type KernelGroup,
  kernelCount,
  type Plan,
  type PoolEntry,
  switchesPerRequest,
} from './plan.js'

/** Where one kernel runs: a pooled partition or a CU count placed at dispatch, and its priority. */
export interface KernelPlacement {
  /** Index into the pool. */
  readonly partition: number
  /** 0 is the lowest. */
  readonly priority: number
}

/** Merges consecutive kernels with the same placement into groups. */
export function groupKernels(placements: readonly KernelPlacement[]): KernelGroup[] {
  const groups: { kernels: number; partition: number; priority: number }[] = []
  for (const { partition, priority } of placements) {
    const last = groups[groups.length - 1]
    if (last && last.partition === partition && last.priority === priority) last.kernels++
    else groups.push({ kernels: 1, partition, priority })
  }
  return groups
}

/** The parts of a plan that a policy decides. */
export interface PlanDraft {
  readonly mechanism: Plan['mechanism']
  readonly pool: readonly PoolEntry[]
  /** The kernel groups of each worker of the scenario. */
  readonly groups: readonly (readonly KernelGroup[])[]
  readonly evidence: Omit<Evidence, 'switchesPerRequest'>
}

/**
 * The only maker of plans. It adds the device's identity, the workers' names and the switch counts
 * to a draft. The plan shares nothing with the draft and is frozen.
 * @throws InputError unless the draft has groups for every worker
 */
export function buildPlan(scenario: Scenario, draft: PlanDraft): Plan {
  const { mechanism, pool, groups, evidence } = draft
  const count = scenario.workers.length
  const isWhole = Array.isArray(groups) && groups.length === count
  expectIn('plan')(isWhole, 'groups', `an entry for each worker (${count})`, describe(groups))
  const workers = scenario.workers.map(({ name, profile }, i) => ({
    name,
    model: profile.model,
    batch: profile.batch,
    groups: groups[i],
  }))
  return frozen({
    format: 'eclip.plan/1',
    device: { name: scenario.device.name, fingerprint: fingerprint(scenario.device) },
    mechanism,
    pool,
    workers,
    evidence: {
      ...evidence,
      switchesPerRequest: workers.map(switchesPerRequest),
    },
  })
}

/** The plan with every kernel on the partition of its worker's first group, at that group's priority. */
export function atHome(plan: Plan): Plan {
  return frozen({
    ...plan,
    workers: plan.workers.map((worker) => ({
      ...worker,
      groups: [{ ...worker.groups[0], kernels: kernelCount(worker) }],
    })),
    evidence: { ...plan.evidence, switchesPerRequest: plan.workers.map(() => 0) },
  })
}

/** Collects the partitions that a plan uses, once for each owner, and hands out their pool indices. */
export class PoolBuilder {
  readonly #entries: PoolEntry[] = []

  /** Pool index of a partition that is owned by one worker, or shared if the owner is null. */
  pooled(partition: Partition, owner: number | null): number {
    return this.#indexOf(
      { granules: partition, owner },
      (entry) => isPooled(entry) && entry.owner === owner && equals(entry.granules, partition),
    )
  }

  /** Pool index of a hardware instance, which has its own part of the memory bandwidth. */
  instance(partition: Partition, memoryShare: number): number {
    return this.#entries.push({ granules: partition, owner: null, memoryShare }) - 1
  }

  /** Pool index of a CU count that is placed at dispatch, either overlapping other kernels or only on free units. */
  placed(cus: number, overlap?: 'none'): number {
    const entry = overlap === undefined ? { cus } : { cus, overlap }
    return this.#indexOf(
      entry,
      (known) => isPlaced(known) && known.cus === cus && known.overlap === overlap,
    )
  }

  /** Pool index of a worker's share. */
  share(cus: number, owner: number): number {
    return this.#indexOf(
      { cus, owner },
      (entry) => isShare(entry) && entry.cus === cus && entry.owner === owner,
    )
  }

  get entries(): readonly PoolEntry[] {
    return this.#entries
  }

  #indexOf(entry: PoolEntry, matches: (entry: PoolEntry) => boolean): number {
    const known = this.#entries.findIndex(matches)
    return known >= 0 ? known : this.#entries.push(entry) - 1
  }
}
