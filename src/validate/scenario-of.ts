import { type Device, totalCus } from '../device/device.js'
import { partitionOf } from '../device/partition.js'
import { buildPlan, groupKernels, type KernelPlacement, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import type { Profile } from '../profile/profile.js'
import { CLOSED_LOOP, closedLoopWorker, type Load, type Scenario } from '../workload/scenario.js'
import type { Point, PointWorker } from './points.js'

/** Finds the profile of a model at a batch size. */
export type ProfileLookup = (model: string, batch: number) => Profile

/** The scenario and the plan of a measured point. */
export interface PointRun {
  readonly scenario: Scenario
  readonly plan: Plan
}

/** Names a mix by its models and batches, in order. */
export function mixName(point: Point): string {
  return workersOf(point).join(' + ')
}

/** Names a mix the same in whatever order its workers are. */
export function unorderedMixName(point: Point): string {
  return workersOf(point).sort().join(' + ')
}

function workersOf({ workers }: Point): string[] {
  return workers.map(({ model, batch }) => `${model}/${batch}`)
}

/**
 * Rebuilds the scenario and the plan that were measured. As on the GPU, every worker has its own
 * partitions, or its own process with a share.
 */
export function runOf(device: Device, point: Point, profileOf: ProfileLookup): PointRun {
  const pool = new PoolBuilder()
  const scenario: Scenario = {
    device,
    workers: point.workers.map((worker, i) => {
      const { model, batch } = worker
      const plain = closedLoopWorker(`${model}/${batch}#${i + 1}`, profileOf(model, batch))
      return { ...plain, load: loadOf(worker) }
    }),
  }
  const mechanism = point.workers.some(({ share }) => share !== undefined) ? 'mps' : 'pooled'
  const groups = point.workers.map((worker, i) =>
    groupKernels(
      mechanism === 'mps'
        ? placements(worker, () => pool.share(worker.share ?? totalCus(device), i))
        : placements(worker, (granules) => pool.pooled(partitionOf(granules), i)),
    ),
  )
  const plan = buildPlan(scenario, {
    mechanism,
    pool: pool.entries,
    groups,
    evidence: { policy: 'measured', parameters: {} },
  })
  return { scenario, plan }
}

function loadOf({ load }: PointWorker): Load {
  if (!load || load === 'closed') return CLOSED_LOOP
  return { kind: 'poisson', ratePerSecond: load.poisson }
}

/** @param entryOf returns the pool entry of a group on the given granules */
function placements(
  worker: PointWorker,
  entryOf: (granules: readonly number[]) => number,
): KernelPlacement[] {
  return worker.groups.flatMap(({ kernels, granules, priority }) => {
    const partition = entryOf(granules)
    return Array.from({ length: kernels }, () => ({ partition, priority }))
  })
}
