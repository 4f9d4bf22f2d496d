import type { Plan } from '../plan/plan.js'
import { isIdle, type Metrics } from '../simulate/metrics.js'
import type { SimulationOptions } from '../simulate/result.js'
import type { Scenario } from '../workload/scenario.js'
import type { Evaluator } from './evaluator.js'
import { headroomWindow } from './simulation-windows.js'

/** Loads that are tried first, as multiples of the scenario's load. */
const FIRST_LOADS = [0.5, 1, 2, 4] as const
const LEAST_LOAD = 1 / 64
const MOST_LOAD = 64
/**
 * How many loads between the highest that fits and the lowest that does not are tried at once, one
 * on each thread.
 */
const STEPS = 4
/** Precision of headroom, as a ratio. It varies by about as much from seed to seed. */
const PRECISION = 1.03

/**
 * How many times the open loads of a scenario a plan carries: the highest multiple at which every
 * worker serves what it is offered and no p95 exceeds its target. Found to within 3%; 0 if the plan
 * does not carry even a small part of the load.
 */
export async function headroomOf(
  scenario: Scenario,
  plan: Plan,
  evaluator: Pick<Evaluator, 'simulate'>,
  options: Pick<SimulationOptions, 'seed' | 'mode'>,
): Promise<number> {
  const carries = async (loads: readonly number[]): Promise<boolean[]> => {
    const runs = loads.map((load) => ({
      plan,
      options: { ...options, ...headroomWindow(scenario, load) },
      load,
    }))
    const results = await evaluator.simulate(runs)
    return results.map((metrics) => isCarried(scenario, metrics))
  }
  let low = 0
  let high = Number.POSITIVE_INFINITY
  let loads: readonly number[] = FIRST_LOADS
  while (loads.length > 0) {
    const carried = await carries(loads)
    const failed = carried.indexOf(false)
    if (failed >= 0) high = loads[failed]
    if (failed !== 0) low = loads[(failed < 0 ? loads.length : failed) - 1]
    loads = nextLoads(low, high)
  }
  return low
}

/**
 * The loads to try between one that fits (0 for none) and one that does not; empty once they are
 * close enough.
 */
function nextLoads(low: number, high: number): number[] {
  if (low === 0) return high > LEAST_LOAD ? [high / 8, high / 4, high / 2] : []
  if (high === Number.POSITIVE_INFINITY) return low < MOST_LOAD ? [2 * low, 4 * low] : []
  if (high / low <= PRECISION) return []
  const step = (high / low) ** (1 / (STEPS + 1))
  return Array.from({ length: STEPS }, (_, i) => low * step ** (i + 1))
}

/** Whether every worker serves what it is offered, and every p95 is within its target. */
function isCarried({ workers }: Scenario, metrics: Metrics): boolean {
  return workers.every(({ p95TargetMs = Number.POSITIVE_INFINITY }, w) => {
    const { utilisation, p95Ms } = metrics.workers[w]
    return isIdle(metrics.workers[w]) || ((utilisation ?? 0) < 1 && p95Ms <= p95TargetMs)
  })
}
