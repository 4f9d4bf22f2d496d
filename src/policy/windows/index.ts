import { type Objective, objectiveFor, type Policy } from '../policy.js'
import { planOf } from './candidate.js'
import { type SearchResult, searchWindows } from './search.js'

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
    const result = await searchWindows(scenario, context)
    const { best } = result
    const priorities = best.candidate.priorities
    return planOf(scenario, best.candidate, switchBudget, {
      policy: 'windows',
      parameters: { objective, searchPlans, seed, switchBudget, priorities },
      predicted: predictionOf(objective, result),
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

/** What the search saw of the plan it chose; for headroom under a load that is not the scenario's. */
function predictionOf(
  objective: Objective,
  { best, bestFixed, tried }: SearchResult,
): Record<string, number> {
  const { weightedSpeedup, workPerKilojoule, lowestWorker } = best.metrics
  const seen: Record<string, number> =
    objective === 'headroom'
      ? { headroom: best.score.value }
      : { weightedSpeedup, workPerKilojoule, lowestWorker }
  return {
    ...seen,
    bestFixedWindow: bestFixed.score.value,
    violation: best.score.violation,
    plansSimulated: tried,
  }
}
