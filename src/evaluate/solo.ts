import { totalCus, wholeDevice } from '../device/device.js'
import { mean } from '../numbers.js'
import { buildPlan } from '../plan/build.js'
import { requestUs } from '../profile/duration.js'
import { simulate } from '../simulate/simulate.js'
import { CLOSED_LOOP, type Scenario, type ScenarioWorker } from '../workload/scenario.js'
import { soloWindow } from './simulation-windows.js'

/**
 * Requests per second of each worker alone on the whole device, in a closed loop: what normalized
 * throughput divides by.
 */
export function soloRates(scenario: Scenario): number[] {
  const known = new Map<object, number>()
  return scenario.workers.map((worker) => {
    const rate = known.get(worker.profile) ?? soloRate(scenario, worker)
    known.set(worker.profile, rate)
    return rate
  })
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
  const aloneUs = requestUs(profile, totalCus(device)) + device.costs.hostTurnaroundUs
  const { workers } = simulate(alone, plan, soloWindow(aloneUs))
  // Whole requests, each of which begins when the one before it has ended: a rate of so few would count parts of others.
  return 1e6 / mean([...workers[0].latenciesUs])
}
