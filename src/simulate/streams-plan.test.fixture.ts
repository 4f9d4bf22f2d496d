import { wholeDevice } from '../device/device.js'
import { buildPlan, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'

/** Every worker on a plain stream of the whole device. */
export function streamsPlan(scenario: Scenario): Plan {
  const pool = new PoolBuilder()
  const partition = pool.pooled(wholeDevice(scenario.device), null)
  return buildPlan(scenario, {
    mechanism: 'pooled',
    pool: pool.entries,
    groups: scenario.workers.map(({ profile }) => [
      { kernels: profile.kernels.length, partition, priority: 0 },
    ]),
    evidence: { policy: 'test', parameters: {} },
  })
}
