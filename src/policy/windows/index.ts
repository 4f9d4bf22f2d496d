import { type Objective, objectiveFor, type Policy } from '../policy.js'
import { predictionOf } from '../score.js'
import { planOf } from './candidate.js'
import { type SearchResult, searchWindows } from './search.js'

/**
 * Our policy: overlapping windows, kernel priorities, and a second window where it pays, found by a
 * search against the simulator for the objective that the user names.
 */
export const windows: Policy = {
  name: 'windows',
  summary: 'overlapping windows and kernel priorities, found by search',
  source: 'eclip',
  plan: async (scenario, context) => {
    const { searchPlans, seed, switchBudget } = context.parameters
    const objective = objectiveFor(scenario, context.parameters)
    const result = await searchWindows(scenario, context)
    const { best } = result
    const priorities = best.candidate.priorities
    return planOf(scenario, best.candidate, switchBudget, {
      policy: 'windows',
      parameters: { objective, searchPlans, seed, switchBudget, priorities },
      predicted: predictedBy(objective, result),
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

function predictedBy(
  objective: Objective,
  { best, bestFixed, tried }: SearchResult,
): Record<string, number> {
  return {
    ...predictionOf(objective, best.metrics, best.score),
    bestFixedWindow: bestFixed.score.value,
    plansSimulated: tried,
  }
}
