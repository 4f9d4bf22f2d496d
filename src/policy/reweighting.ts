import type { Plan } from '../plan/plan.js'
import type { PriorityClass, Scenario } from '../workload/scenario.js'
import type { PolicyContext } from './policy.js'
import { scoreOf, shortfallOf } from './score.js'

/** Weight of a class in an objective that sums times. Each step up doubles it. */
const CLASS_WEIGHT: Readonly<Record<PriorityClass, number>> = { low: 0.5, normal: 1, high: 2 }

/** Factor by which the weight of a worker grows in the next plan if it misses what is asked. */
const RAISE = 2
/** After this many plans, the objective depends almost only on the workers that miss something. */
const MOST_PLANS = 8

/** The weight of each worker's class. */
export function classWeights({ workers }: Scenario): number[] {
  return workers.map(({ priorityClass }) => CLASS_WEIGHT[priorityClass])
}

/**
 * A plan that keeps what a scenario asks, made by an optimizer that knows only weights. Workers that
 * miss something in simulation weigh twice as much in the next plan, until none misses anything. If that
 * never happens, the result is the plan that misses least.
 * @param planWith makes the plan for given weights by worker
 */
export async function reweightedPlan(
  scenario: Scenario,
  { evaluate }: PolicyContext,
  first: readonly number[],
  planWith: (weights: readonly number[]) => Plan,
): Promise<Plan> {
  const scoring = { objective: 'weighted-speedup', margin: 1, load: 1 } as const
  let weights = first
  let best: { readonly plan: Plan; readonly violation: number } | undefined
  for (let tried = 0; tried < MOST_PLANS; tried++) {
    const plan = planWith(weights)
    const [metrics] = await evaluate([plan], 'full')
    const { violation } = scoreOf(scenario, metrics, scoring)
    if (best === undefined || violation < best.violation) best = { plan, violation }
    if (violation === 0) break
    weights = scenario.workers.map((worker, w) =>
      shortfallOf(worker, metrics.workers[w], 1) > 0 ? weights[w] * RAISE : weights[w],
    )
  }
  return best!.plan
}
