import { openTaskThreads } from '../evaluate/task-threads.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import { Crowds } from './crowds.js'
import { type CheckedPlan, checkFinalists } from './finalists.js'
import { serveAt } from './plan-goodput.js'
import { PlanService } from './plan-service.js'
import { crowdedPlan, searchPlan } from './search.js'
import type { SizeResult, SizeTask } from './size-task.js'

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
  /** What the kernel-level simulator says of the plan at that load. */
  readonly check: CheckedPlan['check']
}

export interface SizeSettings {
  readonly seed: number
  /** How many sets of running launches may be simulated, which bounds what the search costs. */
  readonly mostStates: number
  /** Threads that simulate; as many as the machine has cores for without it. */
  readonly threads?: number
  readonly onProgress?: (text: string) => void
}

/** Just past the goodput: where the first model misses. */
const PAST = 1.05

/**
 * The plan that carries the largest multiple of a demand within its targets; deterministic for a seed.
 * Short kernel-level runs say how launches slow each other down, the request-level simulator
 * searches with that, and the kernel-level one decides between the best plans found.
 */
export async function sizeDemand(demand: Demand, settings: SizeSettings): Promise<Sizing> {
  const { seed, mostStates, threads, onProgress } = settings
  const module = new URL('./size-thread.js', import.meta.url)
  const pool = openTaskThreads<SizeTask, SizeResult>(module, demand, threads)
  try {
    const crowds = new Crowds(async (mechanism, states) => {
      const tasks = states.map((launches) => ({ kind: 'state', mechanism, launches }) as const)
      const results = await pool.run(tasks)
      return results.map((result) => (result.kind === 'state' ? [...result.timesUs] : []))
    })
    const found = await searchPlan(demand, crowds, {
      seed,
      mostStates,
      onBetter: ({ goodput }, used) =>
        onProgress?.(`${used} of ${mostStates} states, best so far ${goodput.toFixed(2)} times`),
    })
    onProgress?.('checking the best plans kernel by kernel')
    const best = await checkFinalists(found, seed, (tasks) => pool.run(tasks))
    const { crowd } = await crowdedPlan(demand, best.choice, crowds)
    return sizingOf(demand, best, new PlanService(demand, best.plan, crowd), seed)
  } finally {
    await pool.close()
  }
}

function sizingOf(
  demand: Demand,
  { plan: bare, goodput, check }: CheckedPlan,
  service: PlanService,
  seed: number,
): Sizing {
  const plan = { ...bare, evidence: { ...bare.evidence, predicted: { goodput, check } } }
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
    check,
  }
}
