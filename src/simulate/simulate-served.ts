import { checkPlan } from '../plan/check.js'
import type { Plan } from '../plan/plan.js'
import { ServedCounts } from '../schedule/serving/served-counts.js'
import type { Scenario } from '../workload/scenario.js'
import { type DemandRun, DemandScheduler } from './engine/demand-scheduler.js'
import { Engine } from './engine/engine.js'
import type { SimulationOptions, SimulationResult } from './result.js'

/** Results of a demand served on the simulated device: counts by model, and what the device did. */
export interface ServedResult {
  readonly models: readonly ServedCounts[]
  readonly device: SimulationResult
}

/**
 * Serves request streams kernel by kernel: the scheduling core launches requests, and their thread
 * blocks compete for the device.
 * @param scenario a worker for each instance and batch size; their loads are ignored
 * @param plan the partition or share of each of these workers
 * @throws InputError if the plan does not fit the scenario
 */
export function simulateServed(
  scenario: Scenario,
  plan: Plan,
  options: SimulationOptions,
  served: DemandRun,
): ServedResult {
  checkPlan(plan, scenario, 'plan')
  const models = served.setup.models.map(() => new ServedCounts())
  const engine = new Engine(
    scenario,
    plan,
    options,
    (parts) => new DemandScheduler(parts, served, models),
  )
  return { models, device: engine.run() }
}
