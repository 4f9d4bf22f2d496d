import { totalCus } from '../device/device.js'
import { InputError } from '../errors.js'
import { sum } from '../numbers.js'
import { offeredRate } from '../workload/load.js'
import type { Scenario, ScenarioWorker } from '../workload/scenario.js'
import { simulatedRequestUs } from './model/reconcile.js'
import type { SimulationWindow } from './result.js'

/** A run of this many events takes two or three minutes on one core. */
const MOST_EVENTS = 1e8

/**
 * Refuses runs that would take far too long, because of very short kernels or a very long window.
 * @throws InputError that says how long a window would be possible
 */
export function checkLength(scenario: Scenario, window: SimulationWindow): void {
  const seconds = (window.warmupUs + window.durationUs) / 1e6
  const perSecond = sum(scenario.workers.map((worker) => eventsPerSecond(scenario, worker)))
  if (seconds * perSecond <= MOST_EVENTS) return
  const longest = Number((MOST_EVENTS / perSecond).toPrecision(2))
  throw new InputError({
    file: 'simulated time',
    expected: `at most ${longest} s of these workers, which is ${MOST_EVENTS} kernel launches and arrivals`,
    found: `${seconds} s`,
  })
}

/**
 * Kernel launches and arrivals per second if the worker has the device to itself. This is an upper
 * bound: beside others a worker does no more.
 */
function eventsPerSecond({ device }: Scenario, { profile, load }: ScenarioWorker): number {
  const eachUs = simulatedRequestUs(profile, totalCus(device)) + device.costs.hostTurnaroundUs
  const most = 1e6 / eachUs
  const kernels = profile.kernels.length
  if (load.kind === 'poisson' || load.kind === 'periodic') {
    const offered = offeredRate(load) ?? 0
    return Math.min(most, offered) * kernels + offered
  }
  return most * kernels
}
