import type { Device } from '../device/device.js'
import { partitionOf } from '../device/partition.js'
import { buildPlan, groupKernels, type KernelPlacement, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import type { Profile } from '../profile/profile.js'
import { CLOSED_LOOP, type Load, type Scenario } from '../workload/scenario.js'
import type { Point, PointWorker } from './points.js'

/** Finds the profile of a model at a batch size. */
export type ProfileLookup = (model: string, batch: number) => Profile

/** The scenario and the plan that a measured point ran. */
export interface PointRun {
  readonly scenario: Scenario
  readonly plan: Plan
}

/** Names a mix by its models and batches, in order. */
export function mixOf(point: Point): string {
  return workersOf(point).join(' + ')
}

/** Names a mix the same in whatever order its workers are. */
export function unorderedMixOf(point: Point): string {
  return workersOf(point).sort().join(' + ')
}

function workersOf({ workers }: Point): string[] {
  return workers.map(({ model, batch }) => `${model}/${batch}`)
}

/**
 * Rebuilds the scenario and plan that were measured. Every worker has partitions of its own, as it
 * had on the GPU.
 */
export function runOf(device: Device, point: Point, profileOf: ProfileLookup): PointRun {
  const pool = new PoolBuilder()
  const scenario: Scenario = {
    device,
    workers: point.workers.map((worker, i) => ({
      name: `${worker.model}/${worker.batch}#${i + 1}`,
      profile: profileOf(worker.model, worker.batch),
      load: loadOf(worker),
      priorityClass: 'normal',
      minimumShare: 0,
    })),
  }
  const groups = point.workers.map((worker, i) => groupKernels(placements(worker, i, pool)))
  const plan = buildPlan(scenario, {
    mechanism: 'pooled',
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

function placements(worker: PointWorker, owner: number, pool: PoolBuilder): KernelPlacement[] {
  return worker.groups.flatMap(({ kernels, granules, priority }) => {
    const partition = pool.pooled(partitionOf(granules), owner)
    return Array.from({ length: kernels }, () => ({ partition, priority }))
  })
}
