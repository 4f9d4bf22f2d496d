import { getOrMake } from '../../maps.js'
import type { Plan } from '../../plan/plan.js'
import type { Metrics } from '../../simulate/metrics.js'
import type { Scenario } from '../../workload/scenario.js'
import { type Effort, type Objective, objectiveFor, type PolicyContext } from '../policy.js'
import { byScore, type Score, scoreOf } from '../score.js'
import { type Candidate, planOf } from './candidate.js'

/** A simulated candidate. */
export interface Tried {
  readonly candidate: Candidate
  readonly metrics: Metrics
  readonly score: Score
}

/**
 * A short run must exceed a minimum share by this factor, so that the share still holds in a long
 * run.
 */
const SCREEN_MARGIN = 1.05
/**
 * The least factor by which the load is raised as long as the best plan carries it. Latencies grow
 * faster than the load, so a plan with much headroom is not taken all the way in one step.
 */
const LOAD_STEP = 1.1
/** Number of plans that are simulated again whenever the load is raised. */
const RAISED = 8
/**
 * Nobody asks for more headroom than this, and without a limit a load of almost nothing would be
 * raised forever.
 */
const MOST_LOAD = 32

/** Simulates, scores and counts candidates, under a load that it can raise. */
export class Trial {
  readonly #objective: Objective
  readonly #scenario: Scenario
  readonly #context: PolicyContext
  readonly #seen = new Set<string>()
  readonly #plans = new WeakMap<Candidate, Plan>()
  #load = 1

  constructor(scenario: Scenario, context: PolicyContext) {
    this.#objective = objectiveFor(scenario, context.parameters)
    this.#scenario = scenario
    this.#context = context
  }

  /** Number of different plans simulated so far. */
  get count(): number {
    return this.#seen.size
  }

  /** Simulates the candidates whose plans are new. */
  fresh(candidates: readonly Candidate[]): Promise<Tried[]> {
    const fresh = candidates.filter((candidate) => {
      const key = keyOf(this.#planOf(candidate))
      const isNew = !this.#seen.has(key)
      this.#seen.add(key)
      return isNew
    })
    return this.#simulate(fresh, 'screen', this.#load)
  }

  /**
   * If headroom is the objective, raises the load until the best candidate no longer carries it,
   * because plans that carry a load with ease cannot be told apart under it.
   * @param leaders the best first
   * @returns the leaders under the current load, the best first
   */
  async raiseLoad(leaders: readonly Tried[]): Promise<Tried[]> {
    if (this.#objective !== 'headroom') return [...leaders]
    let ranking = leaders.slice(0, RAISED)
    while (ranking[0].score.violation === 0 && this.#load < MOST_LOAD) {
      const wayToGo = ranking[0].score.value / this.#load
      this.#load = Math.min(MOST_LOAD, this.#load * Math.max(LOAD_STEP, Math.sqrt(wayToGo)))
      const candidates = ranking.map(({ candidate }) => candidate)
      ranking = ranked(await this.#simulate(candidates, 'screen', this.#load))
    }
    return ranking
  }

  /**
   * Simulates candidates once more, in their order, as long as for a report. If headroom is the
   * objective, it does so under the highest load that one of them still carries.
   */
  async again(candidates: readonly Candidate[]): Promise<Tried[]> {
    for (let load = this.#load; ; load = Math.max(1, load / LOAD_STEP)) {
      const tried = await this.#simulate(candidates, 'full', load)
      if (load === 1 || tried.some(({ score }) => score.violation === 0)) return tried
    }
  }

  async #simulate(
    candidates: readonly Candidate[],
    effort: Effort,
    load: number,
  ): Promise<Tried[]> {
    const plans = candidates.map((candidate) => this.#planOf(candidate))
    const metrics = await this.#context.evaluate(plans, effort, load)
    const margin = effort === 'screen' ? SCREEN_MARGIN : 1
    const scoring = { objective: this.#objective, margin, load }
    return candidates.map((candidate, i) => ({
      candidate,
      metrics: metrics[i],
      score: scoreOf(this.#scenario, metrics[i], scoring),
    }))
  }

  #planOf(candidate: Candidate): Plan {
    const { switchBudget } = this.#context.parameters
    const evidence = { policy: 'windows', parameters: {} }
    return getOrMake(this.#plans, candidate, () =>
      planOf(this.#scenario, candidate, switchBudget, evidence),
    )
  }
}

/** The best first. */
export function ranked(tried: readonly Tried[]): Tried[] {
  return [...tried].sort((a, b) => byScore(a.score, b.score))
}

/** Candidates that differ only in what no kernel uses have the same plan, and so the same key. */
function keyOf(plan: Plan): string {
  return JSON.stringify([plan.pool, plan.workers.map((worker) => worker.groups)])
}
