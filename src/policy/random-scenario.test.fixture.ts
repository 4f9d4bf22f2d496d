import { cusOf, type Device, wholeDevice } from '../device/device.js'
import type { Kernel, Profile } from '../profile/profile.js'
import { createRandom } from '../random.js'
import { closedLoopWorker, type Scenario, type ScenarioWorker } from '../workload/scenario.js'

/**
 * A profile of random kernels. The time of each has a fixed part and a part that shrinks up to some
 * number of CUs, like that of kernels with too few thread blocks.
 */
export function randomProfile(device: Device, kernels: number, seed: number): Profile {
  const random = createRandom(seed)
  const whole = cusOf(device, wholeDevice(device))
  const counts = [1, 2, 4, 8].map((n) => Math.round((n * whole) / 8))
  const kernel = (k: number): Kernel => {
    const fixedUs = 1 + 4 * random.uniform()
    const spreadUs = random.exponential(10)
    const most = 1 + random.integer(whole)
    const timeUs = (cus: number): number => fixedUs + (spreadUs * most) / Math.min(cus, most)
    return {
      name: `k${k}`,
      grid: [most, 1, 1],
      block: [256, 1, 1],
      registers: 32,
      sharedMemoryBytes: 0,
      durationUs: Object.fromEntries(counts.map((cus) => [cus, timeUs(cus)])),
    }
  }
  return {
    format: 'eclip.profile/1',
    model: `random${seed}`,
    batch: 1,
    device: device.name,
    source: 'synthesized',
    kernels: Array.from({ length: kernels }, (_, k) => kernel(k)),
  }
}

/** A scenario of random profiles, all in closed loops. */
export function randomScenario(
  device: Device,
  workers: number,
  kernels: number,
  change: (worker: ScenarioWorker, w: number) => ScenarioWorker = (worker) => worker,
): Scenario {
  return {
    device,
    workers: Array.from({ length: workers }, (_, w) => {
      const profile = randomProfile(device, kernels + w, w + 1)
      return change(closedLoopWorker(`${profile.model}/1`, profile), w)
    }),
  }
}
