import { nowUs } from '../now.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import type { BackendView } from './backend/backend.js'
import type { DeviceKind, OpenDevice } from './backend/devices.js'
import { PlanBackend } from './backend/plan-backend.js'
import { servedPlan } from './backend/served-plan.js'
import { factsOf } from './planning/model-facts.js'
import { Replanner } from './planning/replanner.js'
import { ThreadedPlanner } from './planning/threaded-planner.js'
import { Trials } from './planning/trials.js'

/** The models of a demand under a plan, and what makes other plans for them. */
export interface Serving {
  readonly backend: PlanBackend
  readonly replanner: Replanner
  close(): Promise<void>
}

export interface ServingOptions {
  readonly kind: DeviceKind
  /** How many rows of one model may wait or run. */
  readonly mostHeld: number
  /** How many seconds it may take to make another plan. */
  readonly planSeconds: number
}

/** Serves a demand on an open device, and closes the device at the end. */
export function serveDemand(
  demand: Demand,
  plan: ServingPlan,
  device: OpenDevice,
  { kind, mostHeld, planSeconds }: ServingOptions,
): Serving {
  const { levels, mechanisms } = device
  const planner = new ThreadedPlanner({ levels, mostS: planSeconds })
  const trialsOf = (): Trials =>
    new Trials({ planner, device: demand.device, mechanisms, facts: factsOf(demand, device.plan) })
  const backend = new PlanBackend({
    plan,
    device: device.launches,
    levels,
    mostHeld,
    mechanisms,
    admit: (one) => servedPlan(one, demand, kind),
    view: viewOf(kind, demand),
    // Profiles say nothing about a device other than the one that they were measured on.
    ...(kind !== 'cpu' && { trials: trialsOf() }),
    nowUs,
  })
  const replanner = new Replanner({
    demand,
    planner,
    plan: () => backend.plan(),
    arrivals: (lengthS) => backend.arrivals.last(lengthS, nowUs() / 1e6),
    targetCounts: () => backend.targetCounts.all(),
    swap: (next) => backend.swap(next),
  })
  const close = async (): Promise<void> => {
    try {
      await planner.close()
    } finally {
      await device.close()
    }
  }
  return { backend, replanner, close }
}

/** The device of a demand, as the dashboard and the metrics show it. */
export function viewOf(
  kind: DeviceKind,
  { device: { name, granules } }: Demand,
): BackendView['device'] {
  // The plan's shares are numbers of granules of another device. They mean nothing on a processor.
  if (kind === 'cpu') return { kind, name: 'this processor', granuleCus: [] }
  return { kind, name, granuleCus: granules.map(({ cus }) => cus) }
}
