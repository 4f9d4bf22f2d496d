import { totalCus, wholeDevice } from '../device/device.js'
import { getOrMake } from '../maps.js'
import { mean } from '../numbers.js'
import { buildPlan } from '../plan/build.js'
import { simulatedRequestUs } from '../simulate/model/reconcile.js'
import { simulate } from '../simulate/simulate.js'
import { CLOSED_LOOP, type Scenario, type ScenarioWorker } from '../workload/scenario.js'
import { soloWindow } from './simulation-windows.js'

/**
 * Requests per second of each worker alone on the whole device in a closed loop, by which
 * normalized throughput divides.
 */
export function soloRates(scenario: Scenario): number[] {
  const known = new Map<object, number>()
  return scenario.workers.map((worker) =>
    getOrMake(known, worker.profile, () => soloRate(scenario, worker)),
  )
}

function soloRate({ device }: Scenario, worker: ScenarioWorker): number {
  const alone: Scenario = { device, workers: [{ ...worker, load: CLOSED_LOOP }] }
  const { profile } = worker
  const plan = buildPlan(alone, {
    mechanism: 'pooled',
    pool: [{ granules: wholeDevice(device), owner: null }],
    groups: [[{ kernels: profile.kernels.length, partition: 0, priority: 0 }]],
    evidence: { policy: 'solo', parameters: {} },
  })
  const eachUs = simulatedRequestUs(profile, totalCus(device)) + device.costs.hostTurnaroundUs
  const { workers } = simulate(alone, plan, soloWindow(eachUs))
  // The rate is taken from whole requests, each of which starts when the previous one ends: with so few of them, a
  // count over the window would include fractions.
  return 1e6 / mean([...workers[0].latenciesUs])
}
