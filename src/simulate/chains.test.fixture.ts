import type { Device } from '../device/device.js'
import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import type { Profile } from '../profile/profile.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import type { WorkerResult } from './result.js'
import { simulate } from './simulate.js'

/** Kernels of one block that spin one after another, like `torch.cuda._sleep` in a captured graph. */
export function spinChain(length: number, us: number): Profile {
  return {
    format: 'eclip.profile/1',
    model: `spin${length}`,
    batch: 1,
    device: 'h200',
    source: 'synthesized',
    kernels: Array.from({ length }, () => ({
      name: 'spin',
      grid: [1, 1, 1] as [number, number, number],
      block: [1, 1, 1] as [number, number, number],
      registers: 16,
      sharedMemoryBytes: 0,
      durationUs: { 8: us, 132: us },
      dramBytes: 0,
    })),
  }
}

/** Simulates closed-loop workers, each of whose kernels runs on the partition that `placementOf` gives it. */
export function runPlaced(
  device: Device,
  profiles: readonly Profile[],
  placementOf: (pool: PoolBuilder, worker: number, kernel: number) => number,
  options: Parameters<typeof simulate>[2],
): readonly WorkerResult[] {
  const scenario: Scenario = {
    device,
    workers: profiles.map((profile, w) => closedLoopWorker(`${profile.model}#${w}`, profile)),
  }
  const pool = new PoolBuilder()
  const groups = profiles.map(({ kernels }, w) =>
    groupKernels(kernels.map((_, k) => ({ partition: placementOf(pool, w, k), priority: 0 }))),
  )
  const evidence = { policy: 'test', parameters: {} }
  const plan = buildPlan(scenario, { mechanism: 'pooled', pool: pool.entries, groups, evidence })
  return simulate(scenario, plan, options).workers
}
