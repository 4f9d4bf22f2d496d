import { mean, sum } from '../numbers.js'
import { isIdle, type Metrics, type WorkerMetrics } from '../simulate/metrics.js'
import type { Scenario, ScenarioWorker } from '../workload/scenario.js'
import type { Objective } from './policy.js'

/** How good a plan is: constraints come first, then the objective. */
export interface Score {
  /** Sum of relative shortfalls against minimum shares, p95 targets and offered loads; 0 if all are met. */
  readonly violation: number
  /** The objective as the user named it. */
  readonly value: number
  /** The objective with a small bonus for evenness, by which plans are ranked. */
  readonly rank: number
}

/** How plans are scored. */
export interface Scoring {
  readonly objective: Objective
  /** Factor on minimum shares, because a short run must show more than is asked. */
  readonly margin: number
  /** The factor on open loads under which the metrics were taken. */
  readonly load: number
}

/**
 * Bonus of an even plan over one that starves a worker, as a share of the objective. Plans often differ
 * by less than this in the objective itself, and then nobody wants the one that starves a worker.
 */
const EVENNESS = 0.05

/** If a plan is better by less than this, noise of the simulation may be the cause. */
const NOISE = 1e-3

/**
 * The part of its p95 target that a worker may use up during a search. A search sees few arrivals,
 * and among plans that barely keep a target it picks the lucky ones; the rest of the target is
 * reserved for arrivals that the search has not seen.
 */
const USABLE_TARGET = 0.85

/** Beyond this utilisation a queue takes seconds to empty, so a short run cannot judge it. */
const MOST_UTILISATION = 0.95

/** The tightest limit counts as used at least this much, so that headroom stays finite if nothing arrived. */
const LEAST_STRAIN = 1e-6

/**
 * Scores the metrics of a plan. Headroom is the load divided by the largest fraction of its limits
 * that any worker uses under it, which is what the plan would carry if latencies grew in
 * proportion.
 */
export function scoreOf(scenario: Scenario, metrics: Metrics, scoring: Scoring): Score {
  const { objective, margin, load } = scoring
  const strains = scenario.workers.flatMap((worker, w) => strainsOf(worker, metrics.workers[w]))
  const violation = sum(
    scenario.workers.map((worker, w) => shortfallOf(worker, metrics.workers[w], margin)),
  )
  const value =
    objective === 'headroom'
      ? load / Math.max(LEAST_STRAIN, ...strains)
      : objectiveValue(metrics, objective)
  return { violation, value, rank: value * (1 + EVENNESS * evenness(metrics, objective)) }
}

/**
 * How far a worker falls short of its minimum share, its target and its load. The sum of the
 * relative shortfalls; 0 if it has everything that is asked.
 */
export function shortfallOf(
  worker: ScenarioWorker,
  metrics: WorkerMetrics,
  margin: Scoring['margin'],
): number {
  const share = Math.max(0, margin * worker.minimumShare - metrics.normalizedThroughput)
  return share + sum(strainsOf(worker, metrics).map((strain) => Math.max(0, strain - 1)))
}

/**
 * Predictions of a search for the plan it chose. If headroom is the objective, they were made under
 * a different load than the scenario's.
 */
export function predictionOf(
  objective: Objective,
  { weightedSpeedup, workPerKilojoule, lowestWorker }: Metrics,
  { value, violation }: Score,
): Record<string, number> {
  return objective === 'headroom'
    ? { headroom: value, violation }
    : { weightedSpeedup, workPerKilojoule, lowestWorker, violation }
}

/** Strain of a worker that completed nothing, whose p95 and time in service are unknown. */
const HOPELESS = 10

/** Fractions of its p95 target and of its time that a worker uses up; above 1 is too much. */
function strainsOf({ p95TargetMs }: ScenarioWorker, metrics: WorkerMetrics): number[] {
  const { p95Ms, utilisation } = metrics
  const strains: number[] = []
  if (utilisation !== null) strains.push(utilisation / MOST_UTILISATION)
  if (p95TargetMs !== undefined && !isIdle(metrics))
    strains.push(p95Ms / (USABLE_TARGET * p95TargetMs))
  return strains.map((strain) => (strain < HOPELESS ? strain : HOPELESS))
}

/** The lowest worker divided by the mean, 0..1; if the lowest worker is the objective, the mean itself. */
function evenness({ lowestWorker, workers }: Metrics, objective: Objective): number {
  const meanWorker = mean(workers.map((worker) => worker.normalizedThroughput))
  return objective === 'lowest-worker' ? meanWorker : lowestWorker / meanWorker
}

function objectiveValue(metrics: Metrics, objective: Exclude<Objective, 'headroom'>): number {
  switch (objective) {
    case 'work-per-joule':
      return metrics.workPerKilojoule
    case 'lowest-worker':
      return metrics.lowestWorker
    case 'weighted-speedup':
      return metrics.weightedSpeedup
  }
}

/** Whether `a` beats `b` by more than noise, either in violation or in the objective itself. */
export function beats(a: Omit<Score, 'rank'>, b: Omit<Score, 'rank'>): boolean {
  if (a.violation < b.violation * (1 - NOISE)) return true
  return a.violation <= b.violation && a.value > b.value * (1 + NOISE)
}

/** Best first; equal scores keep their order. */
export function byScore(a: Score, b: Score): number {
  return a.violation - b.violation || b.rank - a.rank
}
