import type { Partition } from '../device/partition.js'
import { buildPlan, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'

/** The only partition of a worker; its owner is null if it is shared. */
export interface FixedPartition {
  readonly partition: Partition
  readonly owner: number | null
}

/** A plan that keeps each worker's whole request on one partition. */
export function wholeRequest(
  scenario: Scenario,
  policy: string,
  parameters: Readonly<Record<string, unknown>>,
  partitionOfWorker: (worker: number) => FixedPartition,
): Plan {
  const pool = new PoolBuilder()
  const groups = scenario.workers.map(({ profile }, w) => {
    const { partition, owner } = partitionOfWorker(w)
    const kernels = profile.kernels.length
    return [{ kernels, partition: pool.pooled(partition, owner), priority: 0 }]
  })
  const evidence = { policy, parameters: { ...parameters } }
  return buildPlan(scenario, { mechanism: 'pooled', pool: pool.entries, groups, evidence })
}
