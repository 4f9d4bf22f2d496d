import { totalCus } from '../device/device.js'
import { mean } from '../numbers.js'
import type { ServingMechanism } from '../plan/serving-plan.js'
import { FIRST_ARRIVALS_US } from '../simulate/engine/worker-scheduler.js'
import { simulatedRequestUs } from '../simulate/model/reconcile.js'
import { simulate } from '../simulate/simulate.js'
import type { Demand } from '../workload/demand.js'
import { kernelRun } from './kernel-run.js'
import { classKey, type LaunchClass } from './launch-class.js'

/** Requests of the slowest launch before the window, and requests per running launch within it. */
const WARMUP_REQUESTS = 0.6
const WINDOW_REQUESTS = 0.8
/** In a window of few requests, rates are measured by the work done, so this length is enough. */
const LONGEST_WINDOW_US = 60_000

/**
 * How long launches take that run beside each other, from a short run of the kernel-level simulator
 * in which each launch is followed at once by another of the same kind.
 * @param told as in the options of a simulation
 * @returns µs for each launch; launches of one class have equal times
 */
export function stateTimesUs(
  demand: Demand,
  mechanism: ServingMechanism,
  launches: readonly LaunchClass[],
  told?: boolean,
): number[] {
  const { scenario, plan } = kernelRun(demand, mechanism, launches)
  const cus = totalCus(demand.device)
  const longestUs = Math.max(
    ...scenario.workers.map(({ profile }) => simulatedRequestUs(profile, cus)),
  )
  const windowUs = longestUs * WINDOW_REQUESTS * (1 + launches.length / 2)
  const { workers } = simulate(scenario, plan, {
    warmupUs: FIRST_ARRIVALS_US + longestUs * WARMUP_REQUESTS,
    durationUs: Math.min(LONGEST_WINDOW_US, windowUs),
    seed: 1,
    mode: 'coarse',
    told,
  })
  const keys = launches.map(classKey)
  return keys.map((key) => {
    const alike = workers.filter((_, i) => keys[i] === key)
    return 1e6 / mean(alike.map(({ requestsPerSecond }) => requestsPerSecond))
  })
}
