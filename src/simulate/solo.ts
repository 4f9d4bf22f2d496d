import { fingerprint, totalCus, wholeDevice } from '../device/device.js'
import type { Plan } from '../plan/plan.js'
import { requestUs } from '../profile/duration.js'
import { CLOSED_LOOP, type Scenario, type ScenarioWorker } from '../workload/scenario.js'
import { simulate } from './simulate.js'

/** Requests of the solo window: a lone worker in a closed loop repeats itself exactly. */
const SOLO_REQUESTS = 4

/** Closed loops start at a random time within the first millisecond. */
const START_US = 1000

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
  const { profile, name } = worker
  const kernels = profile.kernels.length
  const plan: Plan = {
    format: 'eclip.plan/1',
    device: { name: device.name, fingerprint: fingerprint(device) },
    mechanism: 'pooled',
    pool: [{ granules: [...wholeDevice(device)], owner: null }],
    workers: [
      {
        name,
        model: profile.model,
        batch: profile.batch,
        groups: [{ kernels, partition: 0, priority: 0 }],
      },
    ],
    evidence: { policy: 'solo', parameters: {}, switchesPerRequest: [0] },
  }
  const requestsUs =
    SOLO_REQUESTS * (requestUs(profile, totalCus(device)) + device.costs.hostTurnaroundUs)
  const { workers } = simulate(alone, plan, {
    warmupUs: START_US + requestsUs,
    durationUs: requestsUs,
  })
  return workers[0].requestsPerSecond
}
