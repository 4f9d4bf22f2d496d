import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import { serveAt } from './plan-goodput.js'
import { PlanService } from './plan-service.js'
import { searchPlan } from './search.js'
import { StateSpeeds } from './state-speeds.js'

/** What one model gets under the plan when exactly the demand comes. */
export interface SizedModel {
  readonly name: string
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  /** The share of its requests that end within the target. */
  readonly attainment: number
  /** Mean samples of a launch. */
  readonly batch: number
}

/** The plan for a demand, and what it is expected to give. */
export interface Sizing {
  readonly plan: ServingPlan
  /** Largest multiple of the demand at which every model attains its quantile. */
  readonly goodput: number
  /** The model that misses first when the load grows past the goodput. */
  readonly firstToMiss: string
  readonly models: readonly SizedModel[]
}

export interface SizeSettings {
  readonly seed: number
  /** How many sets of running launches may be simulated, which bounds what the search costs. */
  readonly mostStates: number
  readonly onProgress?: (text: string) => void
}

/** Just past the goodput: where the first model misses. */
const PAST = 1.05

/** The plan that carries the largest multiple of a demand within its targets; deterministic for a seed. */
export function sizeDemand(demand: Demand, settings: SizeSettings): Sizing {
  const { seed, mostStates, onProgress } = settings
  const states = new StateSpeeds(demand.device)
  const best = searchPlan(demand, states, {
    seed,
    mostStates,
    onBetter: ({ goodput }, used) =>
      onProgress?.(`${used} of ${mostStates} states, best so far ${goodput.toFixed(2)} times`),
  })
  const { goodput } = best
  const plan = { ...best.plan, evidence: { ...best.plan.evidence, predicted: { goodput } } }
  const service = new PlanService(demand, plan, states)
  const { models } = serveAt(demand, plan, service, 1, seed)
  const past = serveAt(demand, plan, service, Math.max(goodput, 0.01) * PAST, seed)
  const margins = past.models.map(({ attainment }, m) => attainment / plan.models[m].quantile)
  return {
    plan,
    goodput,
    firstToMiss: plan.models[margins.indexOf(Math.min(...margins))].name,
    models: models.map((counts, m) => ({
      name: plan.models[m].name,
      p50Ms: counts.latencyUs.quantile(0.5) / 1000,
      p95Ms: counts.latencyUs.quantile(0.95) / 1000,
      p99Ms: counts.latencyUs.quantile(0.99) / 1000,
      attainment: counts.attainment,
      batch: counts.samples / counts.launches,
    })),
  }
}
