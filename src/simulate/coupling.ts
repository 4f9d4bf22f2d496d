import type { Plan } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { laneCount } from './branches.js'
import type { Requests } from './requests.js'

/**
 * Workers whose requests advance in step, in a closed loop. A request that switches takes a stream
 * per partition and branch; with many of them, streams of different workers share hardware queues,
 * and a queue serves in order of launch: a request then waits for those launched before it.
 * Measured on the H200: rates of such workers are equal to four digits (docs/hardware.md).
 */
export class Coupling {
  readonly #coupled: readonly number[]
  readonly #requests: readonly Requests[]
  readonly #held = new Set<number>()

  constructor(scenario: Scenario, plan: Plan, requests: readonly Requests[]) {
    this.#requests = requests
    this.#coupled = coupledWorkers(scenario, plan)
  }

  /** Whether the worker's next request must wait for the other workers; notes that it does. */
  holds(worker: number): boolean {
    if (!this.#coupled.includes(worker)) return false
    if (this.#requests[worker].finished <= this.#slowest()) return false
    this.#held.add(worker)
    return true
  }

  /** Workers that wait no longer, now that some worker finished a request. */
  released(): readonly number[] {
    if (this.#held.size === 0) return NONE
    const slowest = this.#slowest()
    const free = [...this.#held].filter((worker) => this.#requests[worker].finished <= slowest)
    for (const worker of free) this.#held.delete(worker)
    return free
  }

  #slowest(): number {
    return Math.min(...this.#coupled.map((worker) => this.#requests[worker].finished))
  }
}

const NONE: readonly number[] = []

function coupledWorkers({ device, workers }: Scenario, plan: Plan): readonly number[] {
  if (plan.mechanism !== 'pooled') return NONE
  const switching = workers.flatMap(({ profile, load }, w) => {
    const partitions = new Set(plan.workers[w].groups.map((group) => group.partition)).size
    if (partitions < 2 || load.kind !== 'closed') return []
    return [{ worker: w, streams: partitions * laneCount(profile) }]
  })
  const streams = switching.reduce((total, worker) => total + worker.streams, 0)
  if (switching.length < 2 || streams < (device.costs.coupledStreams ?? Number.POSITIVE_INFINITY))
    return NONE
  return switching.map(({ worker }) => worker)
}
