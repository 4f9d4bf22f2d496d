import type { Device } from '../device/device.js'
import { totalCus } from '../device/device.js'
import { mean } from '../numbers.js'
import { buildPlan, PoolBuilder } from '../plan/build.js'
import { requestUs } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'
import { simulate } from '../simulate/simulate.js'
import { CLOSED_LOOP, type Scenario, type ScenarioWorker } from '../workload/scenario.js'
import { classKey, type DeviceState, type LaunchClass, stateKey } from './launch-class.js'

/** Closed loops start within the first millisecond. */
const START_US = 1000
/**
 * How many requests the slowest launch runs before the window opens, and how many inside it for
 * each launch that runs.
 */
const WARMUP_REQUESTS = 0.6
const WINDOW_REQUESTS = 0.8
/** A window of few requests measures rates by the work done, so that this many suffice. */
const LONGEST_WINDOW_US = 60_000

/**
 * How fast launches run beside each other, from short runs of the kernel-level simulator: every
 * launch of the state runs over and over, and its rate relative to that alone on the whole device is
 * its speed. States are simulated when they are first met, and kept.
 */
export class StateSpeeds {
  readonly #device: Device
  /** By state, then class. */
  readonly #known = new Map<string, ReadonlyMap<string, number>>()
  readonly #soloUs = new Map<Profile, number>()

  constructor(device: Device) {
    this.#device = device
  }

  /** How many states have been simulated so far. */
  get size(): number {
    return this.#known.size
  }

  /** Time of a launch alone on the whole device without MPS, in µs. */
  soloUs(profile: Profile): number {
    const known = this.#soloUs.get(profile)
    if (known !== undefined) return known
    const wholeUs = requestUs(profile, totalCus(this.#device))
    const soloUs = wholeUs + this.#device.costs.hostTurnaroundUs
    this.#soloUs.set(profile, soloUs)
    return soloUs
  }

  /**
   * The speed of the launches of each class, where 1 is the speed of a launch alone on the whole
   * device; NaN for a class of which none runs.
   */
  speedsOf(state: DeviceState): number[] {
    const speeds = this.#speedsByClass(state)
    return state.classes.map((one) => speeds.get(classKey(one)) ?? Number.NaN)
  }

  #speedsByClass(state: DeviceState): ReadonlyMap<string, number> {
    const key = stateKey(state)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { classes, counts } = state
    const present = classes.filter((_, c) => counts[c] > 0)
    const rates = this.#simulate(state)
    const speeds = new Map(
      present.map((one) => {
        const launchUs = 1e6 / rates.get(classKey(one))!
        return [classKey(one), this.soloUs(one.profile) / launchUs]
      }),
    )
    this.#known.set(key, speeds)
    return speeds
  }

  /** Requests per second of a launch of each class in the state. */
  #simulate({ classes, counts }: DeviceState): ReadonlyMap<string, number> {
    const launches = classes.flatMap((one, c) => new Array<LaunchClass>(counts[c]).fill(one))
    const scenario: Scenario = {
      device: this.#device,
      workers: launches.map(({ profile }, i) => closedWorker(profile, i)),
    }
    const pool = new PoolBuilder()
    const groups = launches.map(({ profile, share }, i) => [
      { kernels: profile.kernels.length, partition: pool.share(share, i), priority: 0 },
    ])
    const plan = buildPlan(scenario, {
      mechanism: 'mps',
      pool: pool.entries,
      groups,
      evidence: { policy: 'state', parameters: {} },
    })
    const cus = totalCus(this.#device)
    const longestUs = Math.max(...launches.map(({ profile }) => requestUs(profile, cus)))
    const durationUs = longestUs * WINDOW_REQUESTS * (1 + launches.length / 2)
    const { workers } = simulate(scenario, plan, {
      warmupUs: START_US + longestUs * WARMUP_REQUESTS,
      durationUs: Math.min(LONGEST_WINDOW_US, durationUs),
    })
    const present = classes.filter((_, c) => counts[c] > 0)
    return new Map(
      present.map((one) => {
        const own = workers.filter((_, i) => classKey(launches[i]) === classKey(one))
        const rate = mean(own.map(({ requestsPerSecond }) => requestsPerSecond))
        return [classKey(one), rate]
      }),
    )
  }
}

function closedWorker(profile: Profile, index: number): ScenarioWorker {
  return {
    name: `${profile.model}/${profile.batch}#${index}`,
    profile,
    load: CLOSED_LOOP,
    priorityClass: 'normal',
    minimumShare: 0,
  }
}
