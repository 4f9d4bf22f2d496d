import type { Plan } from '../../plan/plan.js'
import { createRandom } from '../../random.js'
import type { Metrics } from '../../simulate/metrics.js'
import type { Scenario } from '../../workload/scenario.js'
import type { PolicyContext } from '../policy.js'
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

/** Plans simulated together. Fixed, so that the search does not depend on the number of threads. */
const BATCH = 8
/** Fixed windows whose priorities are tried. */
const PROMISING = 3
/** Candidates that neighbours are taken from. */
const PARENTS = 4

/**
 * Local search from good fixed windows: neighbours of the best few, a batch at a time, until
 * `searchPlans` plans are simulated. Deterministic for a seed.
 */
export async function search(scenario: Scenario, context: PolicyContext): Promise<SearchResult> {
  const { objective, searchPlans, seed, switchBudget } = context.parameters
  const random = createRandom(seed)
  const seen = new Set<string>()
  let tried = 0
  const tryAll = async (candidates: readonly Candidate[]): Promise<Tried[]> => {
    const fresh: { candidate: Candidate; plan: Plan }[] = []
    for (const candidate of candidates) {
      const plan = planOf(scenario, candidate, switchBudget, { policy: 'windows', parameters: {} })
      const key = keyOf(plan)
      if (seen.has(key)) continue
      seen.add(key)
      fresh.push({ candidate, plan })
    }
    tried += fresh.length
    const metrics = await context.evaluate(fresh.map(({ plan }) => plan))
    return fresh.map(({ candidate }, i) => ({
      candidate,
      metrics: metrics[i],
      score: scoreOf(scenario, metrics[i], objective),
    }))
  }

  const fixed = ranked(await tryAll(fixedWindows(scenario)))
  const bestFixed = fixed[0]
  const promising = fixed.slice(0, PROMISING).map(({ candidate }) => candidate)
  let parents = ranked([...fixed, ...(await tryAll(withPriorities(scenario, promising)))])
  for (let idle = 0; tried < searchPlans && idle < 100; idle++) {
    const size = Math.min(BATCH, searchPlans - tried)
    const from = parents.slice(0, PARENTS)
    const children = Array.from({ length: size }, (_, i) =>
      neighbour(scenario, from[Math.min(from.length - 1, i >> 1)].candidate, random),
    )
    const before = tried
    parents = ranked([...from, ...(await tryAll(children))])
    if (tried > before) idle = 0
  }
  return {
    best: beats(parents[0].score, bestFixed.score) ? parents[0] : bestFixed,
    bestFixed,
    tried,
  }
}

function ranked(tried: readonly Tried[]): Tried[] {
  return [...tried].sort((a, b) => byScore(a.score, b.score))
}

/** Candidates that differ only in what no kernel uses make the same plan. */
function keyOf(plan: Plan): string {
  return JSON.stringify([plan.pool, plan.workers.map((worker) => worker.groups)])
}
