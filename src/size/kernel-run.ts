import { wholeDevice } from '../device/device.js'
import { buildPlan, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import type { ServingMechanism } from '../plan/serving-plan.js'
import type { Profile } from '../profile/profile.js'
import type { Demand } from '../workload/demand.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import type { LaunchClass } from './launch-class.js'

/** Input of the kernel-level simulator. */
export interface KernelRun {
  readonly scenario: Scenario
  readonly plan: Plan
}

/** Profile of a demand's model at one of its captured batch sizes. */
export function profileAt({ models }: Demand, model: number, batch: number): Profile {
  return models[model].profiles.find((profile) => profile.batch === batch)!
}

/**
 * Gives each launch a worker of its own, for a simulation kernel by kernel: a process under MPS
 * with its share, or a stream of one process on the whole device.
 */
export function kernelRun(
  demand: Demand,
  mechanism: ServingMechanism,
  launches: readonly LaunchClass[],
): KernelRun {
  const { device } = demand
  const scenario: Scenario = {
    device,
    workers: launches.map(({ model, batch }, i) => {
      const profile = profileAt(demand, model, batch)
      return closedLoopWorker(`${profile.model}/${profile.batch}#${i}`, profile)
    }),
  }
  const pool = new PoolBuilder()
  const groups = launches.map(({ share }, i) => {
    const partition =
      mechanism === 'mps' ? pool.share(share, i) : pool.pooled(wholeDevice(device), null)
    return [{ kernels: scenario.workers[i].profile.kernels.length, partition, priority: 0 }]
  })
  const plan = buildPlan(scenario, {
    mechanism: mechanism === 'mps' ? 'mps' : 'pooled',
    pool: pool.entries,
    groups,
    evidence: { policy: 'size', parameters: {} },
  })
  return { scenario, plan }
}
