import { mean } from '../../numbers.js'
import type { Metrics } from '../../simulate/metrics.js'
import type { Scenario } from '../../workload/scenario.js'
import type { Objective } from '../policy.js'

/** How good a plan is: constraints come first, then the objective. */
export interface Score {
  /** Sum of relative shortfalls against minimum shares and p95 targets; 0 if all hold. */
  readonly violation: number
  /** The objective as the user named it. */
  readonly value: number
  /** The objective with a little for evenness: what plans are ranked by. */
  readonly rank: number
}

/**
 * What an even plan is worth beyond one that starves a worker, as a share of the objective. Plans often
 * differ by less in the objective itself, and then nobody wants the starving one.
 */
const EVENNESS = 0.05

/** A plan that is better by less than this may owe it to the noise of simulation. */
const NOISE = 1e-3

/**
 * Scores metrics for an objective; p95 targets are constraints of `p95-targets` alone.
 * @param margin what minimum shares are multiplied by
 */
export function scoreOf(
  scenario: Scenario,
  metrics: Metrics,
  objective: Objective,
  margin = 1,
): Score {
  let violation = 0
  scenario.workers.forEach(({ minimumShare, p95TargetMs }, w) => {
    const { normalizedThroughput, p95Ms } = metrics.workers[w]
    violation += Math.max(0, margin * minimumShare - normalizedThroughput)
    if (objective !== 'p95-targets' || p95TargetMs === undefined) return
    const isServed = Number.isFinite(p95Ms)
    violation += isServed ? Math.max(0, p95Ms / p95TargetMs - 1) : 1
  })
  const value = objectiveValue(metrics, objective)
  return { violation, value, rank: value * (1 + EVENNESS * evenness(metrics, objective)) }
}

/** Lowest worker over the mean one, 0..1; where the lowest is the objective, the mean itself. */
function evenness({ lowestWorker, workers }: Metrics, objective: Objective): number {
  const meanWorker = mean(workers.map((worker) => worker.normalizedThroughput))
  return objective === 'lowest-worker' ? meanWorker : lowestWorker / meanWorker
}

function objectiveValue(metrics: Metrics, objective: Objective): number {
  switch (objective) {
    case 'work-per-joule':
      return metrics.workPerKilojoule
    case 'lowest-worker':
      return metrics.lowestWorker
    case 'weighted-speedup':
    case 'p95-targets':
      return metrics.weightedSpeedup
  }
}

/** Whether `a` beats `b` by more than noise, in violation or in the objective itself. */
export function beats(a: Omit<Score, 'rank'>, b: Omit<Score, 'rank'>): boolean {
  if (a.violation < b.violation * (1 - NOISE)) return true
  return a.violation <= b.violation && a.value > b.value * (1 + NOISE)
}

/** Best first; equal scores keep their order. */
export function byScore(a: Score, b: Score): number {
  return a.violation - b.violation || b.rank - a.rank
}
