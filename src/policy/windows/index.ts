import { objectiveFor, type Policy } from '../policy.js'
import { planOf } from './candidate.js'
import { searchWindows } from './search.js'
import type { Tried } from './trial.js'

/**
 * Ours: overlapping windows, kernel priorities, and a second window where it pays, found by
 * search against the simulator for the objective that the user names.
 */
export const windows: Policy = {
  name: 'windows',
  summary: 'overlapping windows and kernel priorities, found by search',
  source: 'eclip',
  plan: async (scenario, context) => {
    const { searchPlans, seed, switchBudget } = context.parameters
    const objective = objectiveFor(scenario, context.parameters)
    const { best, bestFixed, tried } = await searchWindows(scenario, context)
    const priorities = best.candidate.priorities
    return planOf(scenario, best.candidate, switchBudget, {
      policy: 'windows',
      parameters: { objective, searchPlans, seed, switchBudget, priorities },
      predicted: predictionOf(best, bestFixed, tried),
      solver: {
        method: 'local search against the simulator',
        status: 'heuristic',
        objective: best.score.value,
        bound: null,
        gap: null,
      },
    })
  },
}

function predictionOf(best: Tried, bestFixed: Tried, plansSimulated: number) {
  const { weightedSpeedup, workPerKilojoule, lowestWorker } = best.metrics
  return {
    weightedSpeedup,
    workPerKilojoule,
    lowestWorker,
    bestFixedWindow: bestFixed.score.value,
    violation: best.score.violation,
    plansSimulated,
  }
}
