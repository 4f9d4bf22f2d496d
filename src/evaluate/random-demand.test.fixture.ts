import { h200 } from '../device/catalog/h200.js'
import { totalCus } from '../device/device.js'
import { randomProfile } from '../policy/random-scenario.test.fixture.js'
import { requestUs } from '../profile/duration.js'
import { createRandom } from '../random.js'
import type { Scenario, ScenarioWorker } from '../workload/scenario.js'

/**
 * A demand of short random models that take a fraction of a millisecond each: one to three with
 * random arrivals and a p95 target, from loose to unreachable, and sometimes one in a closed loop.
 */
export function randomDemand(seed: number): Scenario {
  const random = createRandom(seed)
  const count = 1 + random.integer(3)
  const open = Array.from({ length: count }, (_, w): ScenarioWorker => {
    const profile = randomProfile(h200, 6 + random.integer(8), seed * 10 + w)
    const soloUs = requestUs(profile, totalCus(h200))
    const utilisation = 0.1 + 0.6 * random.uniform()
    const times = 1.5 + random.exponential(4)
    return {
      name: `m${w}/1`,
      profile,
      load: { kind: 'poisson', ratePerSecond: (utilisation * 1e6) / soloUs / count },
      p95TargetMs: (times * soloUs) / 1000,
      priorityClass: 'normal',
      minimumShare: 0,
    }
  })
  if (random.uniform() < 0.6) return { device: h200, workers: open }
  const closed: ScenarioWorker = {
    name: 'closed/1',
    profile: randomProfile(h200, 8, seed * 10 + 9),
    load: { kind: 'closed' },
    priorityClass: 'normal',
    minimumShare: 0,
  }
  return { device: h200, workers: [...open, closed] }
}
