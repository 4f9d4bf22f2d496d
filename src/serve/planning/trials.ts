import { explainServing } from '../../plan/explain-serving.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { BackendView } from '../backend/backend.js'
import { Refusal } from '../refusal.js'
import { anotherPlan, type PlanLimits } from './another-plan.js'
import type { Forecast } from './forecast.js'
import type { Planner } from './planner.js'
import type { ArrivalWindow } from './recent-arrivals.js'
import type { Trial, TrialRequest } from './trial.js'

export interface TrialsOptions extends PlanLimits {
  readonly planner: Pick<Planner, 'forecast'>
}

/** How many trials can still be applied. */
const MOST_TRIALS = 20
/** Each trial is simulated in a thread of its own, and the server needs time beside them. */
const MOST_AT_ONCE = 2
/** A plan can be tried if requests came over at least this many seconds. */
const LEAST_S = 0.1

/** Other plans, tried on the requests of the last minutes before they are put into force. */
export class Trials {
  readonly #options: TrialsOptions
  readonly #plans = new Map<string, ServingPlan>()
  #nextId = 1
  #underWay = 0

  constructor(options: TrialsOptions) {
    this.#options = options
  }

  /** What another plan may change, and the values of the plan in force. */
  tryable(plan: ServingPlan): NonNullable<BackendView['tryable']> {
    const { mechanisms, facts } = this.#options
    const others = mechanisms.filter((mechanism) => mechanism !== plan.mechanism)
    return {
      mechanisms: [plan.mechanism, ...others],
      models: plan.models.map(({ name, instances, share, batches, maxDelayMs }) => ({
        name,
        instances,
        mostInstances: facts.get(name)!.mostInstances,
        cus: share,
        largestBatch: batches[batches.length - 1],
        batches: [...facts.get(name)!.batches],
        maxDelayMs,
      })),
    }
  }

  /**
   * @throws Refusal `invalid` if it is not a plan for these models, or if no requests have come to try it on;
   *   `overloaded` if too many others are being tried
   */
  async try(request: TrialRequest, present: ServingPlan, arrivals: ArrivalWindow): Promise<Trial> {
    const plan = anotherPlan(present, request, this.#options)
    if (arrivals.lengthS < LEAST_S)
      throw new Refusal('invalid', 'no requests have come that a plan could be tried on')
    const [before, tried] = await this.#forecast([present, plan], arrivals)
    return {
      format: 'eclip.trial/1',
      id: this.#keep(plan),
      overS: arrivals.lengthS,
      words: changeWords(present, plan),
      models: before.map(({ name, requests }, m) => ({
        name,
        requests,
        present: shown(before[m]),
        tried: shown(tried[m]),
      })),
    }
  }

  async #forecast(plans: readonly ServingPlan[], arrivals: ArrivalWindow): Promise<Forecast[][]> {
    if (this.#underWay >= MOST_AT_ONCE)
      throw new Refusal('overloaded', 'other plans are being tried: try again when they are done')
    this.#underWay++
    try {
      return await this.#options.planner.forecast(plans, arrivals)
    } finally {
      this.#underWay--
    }
  }

  /** The plan of a trial, which can be taken once. @throws Refusal `not-found` */
  take(id: string): ServingPlan {
    const plan = this.#plans.get(id)
    if (plan === undefined) throw new Refusal('not-found', `there is no trial '${id}'`)
    this.#plans.delete(id)
    return plan
  }

  #keep(plan: ServingPlan): string {
    const id = `${this.#nextId++}`
    this.#plans.set(id, plan)
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= MOST_TRIALS) break
      this.#plans.delete(oldest)
    }
    return id
  }
}

function shown({ attainment, p95Ms, notAnswered }: Forecast): Trial['models'][number]['tried'] {
  return { attainment, notAnswered, ...(p95Ms !== undefined && { p95Ms }) }
}

/** The sentences about the other plan that differ from those about the plan in force. */
function changeWords(present: ServingPlan, other: ServingPlan): string[] {
  const before = new Set(explainServing(present))
  const changed = explainServing(other).filter((sentence) => !before.has(sentence))
  return changed.length > 0 ? changed : ['Nothing changes.']
}
