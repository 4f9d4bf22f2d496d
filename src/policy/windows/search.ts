import type { Plan } from '../../plan/plan.js'
import { createRandom } from '../../random.js'
import type { Metrics } from '../../simulate/metrics.js'
import type { Scenario } from '../../workload/scenario.js'
import type { Effort, PolicyContext } from '../policy.js'
import { type Candidate, planOf } from './candidate.js'
import { neighbour } from './moves.js'
import { beats, byScore, type Score, scoreOf } from './score.js'
import { fixedWindows, withPriorities } from './seeds.js'

/** A simulated candidate. */
export interface Tried {
  readonly candidate: Candidate
  readonly metrics: Metrics
  readonly score: Score
}

export interface SearchResult {
  readonly best: Tried
  /** The best window of one size for all workers, without priorities. */
  readonly bestFixed: Tried
  /** Plans simulated. */
  readonly tried: number
}

/**
 * How many plans are simulated together: two neighbours of each of the best few. It is fixed so that the
 * search does not depend on the number of threads.
 */
const BATCH = 8
/** How many of the fixed windows are tried with priorities. */
const PROMISING = 3
/** Batches in a row without a new plan after which the neighbourhood counts as exhausted. */
const IDLE_BATCHES = 50
/** Candidates that are simulated again, as long as for a report, before one is chosen. */
const FINALISTS = 8
/** A short run must show this much of a minimum share for it to hold in a long run as well. */
const SCREEN_MARGIN = 1.05

/**
 * Local search from good fixed windows: neighbours of the best few, a batch at a time, until
 * `searchPlans` plans are simulated; then the best few and the best fixed window, longer.
 * Deterministic for a seed.
 */
export async function searchWindows(
  scenario: Scenario,
  context: PolicyContext,
): Promise<SearchResult> {
  const { objective, searchPlans, seed } = context.parameters
  const effort = objective === 'p95-targets' ? 'full' : 'screen'
  const random = createRandom(seed)
  const trial = createTrial(scenario, context)

  const fixed = ranked(await trial.fresh(fixedWindows(scenario), effort))
  const promising = fixed.slice(0, PROMISING).map(({ candidate }) => candidate)
  const seeds = withPriorities(scenario, promising)
  let leaders = ranked([...fixed, ...(await trial.fresh(seeds, effort))])
  for (let idle = 0; trial.count < searchPlans && idle < IDLE_BATCHES; idle++) {
    const before = trial.count
    const size = Math.min(BATCH, searchPlans - before)
    const children = Array.from({ length: size }, (_, i) => {
      const parent = leaders[Math.min(leaders.length - 1, i >> 1)]
      return neighbour(scenario, parent.candidate, random)
    })
    leaders = distinct(ranked([...leaders, ...(await trial.fresh(children, effort))]), FINALISTS)
    if (trial.count > before) idle = -1
    context.onSearch?.({ tried: trial.count, of: searchPlans, best: leaders[0].score.value })
  }
  const finalists = distinct(leaders, FINALISTS).map(({ candidate }) => candidate)
  const [bestFixed, ...rest] = await trial.again([fixed[0].candidate, ...finalists])
  const best = ranked(rest)[0]
  return {
    best: beats(best.score, bestFixed.score) ? best : bestFixed,
    bestFixed,
    tried: trial.count,
  }
}

/** Simulates candidates and scores them, keeping count. */
function createTrial(scenario: Scenario, context: PolicyContext) {
  const { objective, switchBudget } = context.parameters
  const evidence = { policy: 'windows', parameters: {} }
  const seen = new Set<string>()
  const score = async (
    candidates: readonly Candidate[],
    plans: readonly Plan[],
    effort: Effort,
  ): Promise<Tried[]> => {
    const metrics = await context.evaluate(plans, effort)
    return candidates.map((candidate, i) => ({
      candidate,
      metrics: metrics[i],
      score: scoreOf(scenario, metrics[i], objective, effort === 'screen' ? SCREEN_MARGIN : 1),
    }))
  }
  const planned = (candidate: Candidate): Plan =>
    planOf(scenario, candidate, switchBudget, evidence)
  return {
    get count(): number {
      return seen.size
    },
    /** Simulates those candidates whose plan is new. */
    fresh(candidates: readonly Candidate[], effort: Effort): Promise<Tried[]> {
      const fresh: Candidate[] = []
      const plans: Plan[] = []
      for (const candidate of candidates) {
        const plan = planned(candidate)
        const key = keyOf(plan)
        if (seen.has(key)) continue
        seen.add(key)
        fresh.push(candidate)
        plans.push(plan)
      }
      return score(fresh, plans, effort)
    },
    /** Simulates candidates once more, as long as for a report. */
    again(candidates: readonly Candidate[]): Promise<Tried[]> {
      return score(candidates, candidates.map(planned), 'full')
    },
  }
}

function ranked(tried: readonly Tried[]): Tried[] {
  return [...tried].sort((a, b) => byScore(a.score, b.score))
}

/** The first few whose scores differ: plans that score alike most often do the same. */
function distinct(ranking: readonly Tried[], count: number): Tried[] {
  const isNew = ({ score }: Tried, i: number): boolean =>
    i === 0 || byScore(ranking[i - 1].score, score) !== 0
  return ranking.filter(isNew).slice(0, count)
}

/** Candidates that differ only in what no kernel uses make the same plan. */
function keyOf(plan: Plan): string {
  return JSON.stringify([plan.pool, plan.workers.map((worker) => worker.groups)])
}
