import { createRandom } from '../../random.js'
import type { Scenario } from '../../workload/scenario.js'
import type { PolicyContext } from '../policy.js'
import { beats, byScore } from '../score.js'
import { neighbour } from './moves.js'
import { fixedWindows, withPriorities } from './starts.js'
import { ranked, Trial, type Tried } from './trial.js'

export interface SearchResult {
  readonly best: Tried
  /** The best window of one size for all workers, without priorities. */
  readonly bestFixed: Tried
  /** Plans simulated. */
  readonly tried: number
}

/**
 * How many plans are simulated together: two neighbours of each of the best few. The number is fixed so
 * that the search does not depend on the number of threads.
 */
const BATCH = 8
/** How many of the fixed windows are tried with priorities. */
const PROMISING = 3
/** After this many batches in a row without a new plan, the neighbourhood counts as exhausted. */
const IDLE_BATCHES = 50
/** How many candidates are simulated again, as long as for a report, before one is chosen. */
const FINALISTS = 8

/**
 * Local search from good fixed windows. Neighbours of the best few are simulated batch by batch
 * until there are `searchPlans` plans. Then the best few and the best fixed window are simulated
 * for longer. Deterministic for a seed.
 */
export async function searchWindows(
  scenario: Scenario,
  context: PolicyContext,
): Promise<SearchResult> {
  const { searchPlans, seed } = context.parameters
  const random = createRandom(seed)
  const trial = new Trial(scenario, context)

  const fixed = ranked(await trial.fresh(fixedWindows(scenario)))
  const promising = fixed.slice(0, PROMISING).map(({ candidate }) => candidate)
  const prioritised = withPriorities(scenario, promising)
  let leaders = ranked([...fixed, ...(await trial.fresh(prioritised))])
  for (let idle = 0; trial.count < searchPlans && idle < IDLE_BATCHES; idle++) {
    leaders = await trial.raiseLoad(leaders)
    const before = trial.count
    const size = Math.min(BATCH, searchPlans - before)
    const children = Array.from({ length: size }, (_, i) => {
      const parent = leaders[Math.min(leaders.length - 1, i >> 1)]
      return neighbour(scenario, parent.candidate, random)
    })
    leaders = distinct(ranked([...leaders, ...(await trial.fresh(children))]), FINALISTS)
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

/** The first few candidates whose scores differ, since plans with equal scores nearly always behave the same. */
function distinct(ranking: readonly Tried[], count: number): Tried[] {
  const isNew = ({ score }: Tried, i: number): boolean =>
    i === 0 || byScore(ranking[i - 1].score, score) !== 0
  return ranking.filter(isNew).slice(0, count)
}
