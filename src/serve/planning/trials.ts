import { type Device, totalCus } from '../device/device.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import type { BackendView } from './backend.js'
import { type Forecast, forecast } from './forecast.js'
import { type ModelFacts, withExpectations } from './model-facts.js'
import { planWords } from './plan-words.js'
import type { RecentArrivals } from './recent-arrivals.js'
import { Refusal } from './refusal.js'
import { SERVING_MECHANISMS, type Trial, type TrialRequest } from './trial.js'

export interface TrialsOptions {
  readonly device: Device
  /** Priority levels of the device. */
  readonly levels: number
  /** By model of the plan. */
  readonly facts: ReadonlyMap<string, ModelFacts>
}

/** Trials that can still be applied. */
const MOST_TRIALS = 20
const LEAST_WINDOW_S = 0.1

/** Other plans, tried on the requests of the last minutes before they are put into force. */
export class Trials {
  readonly #options: TrialsOptions
  readonly #plans = new Map<string, ServingPlan>()
  #nextId = 1

  constructor(options: TrialsOptions) {
    this.#options = options
  }

  /** What another plan may change, and what the present one has. */
  tryable(plan: ServingPlan): BackendView['tryable'] {
    return {
      mechanisms: [...SERVING_MECHANISMS],
      models: plan.models.map(({ name, instances, share, batches, maxDelayMs }) => {
        const facts = this.#options.facts.get(name)!
        return {
          name,
          instances,
          mostInstances: facts.mostInstances,
          cus: share,
          largestBatch: batches[batches.length - 1],
          batches: [...facts.batches],
          maxDelayMs,
        }
      }),
    }
  }

  /** @throws Refusal `invalid` if the plan is none for these models, or nothing has come to try it on */
  try(request: TrialRequest, present: ServingPlan, arrivals: RecentArrivals, nowS: number): Trial {
    const tried = this.changed(present, request)
    const fromS = arrivals.since(nowS)
    const overS = nowS - fromS
    if (!(overS >= LEAST_WINDOW_S))
      throw new Refusal('invalid', 'no requests have come that a plan could be tried on')
    const { levels } = this.#options
    const now = forecast(present, levels, arrivals, fromS, nowS)
    const then = forecast(tried, levels, arrivals, fromS, nowS)
    const id = `${this.#nextId++}`
    this.#plans.set(id, tried)
    if (this.#plans.size > MOST_TRIALS) this.#plans.delete(this.#plans.keys().next().value!)
    return {
      format: 'eclip.trial/1',
      id,
      overS,
      words: changeWords(present, tried),
      models: present.models.map(({ name }, i) => ({
        name,
        requests: now[i].requests,
        present: shown(now[i]),
        tried: shown(then[i]),
      })),
    }
  }

  /** The plan of a trial, which is taken out. @throws Refusal `not-found` */
  take(id: string): ServingPlan {
    const plan = this.#plans.get(id)
    if (plan === undefined) throw new Refusal('not-found', `there is no trial '${id}'`)
    this.#plans.delete(id)
    return plan
  }

  /** The present plan with what a request changes. @throws Refusal `invalid` */
  changed(present: ServingPlan, { mechanism, models }: TrialRequest): ServingPlan {
    const { device, facts } = this.#options
    const names = new Set(present.models.map(({ name }) => name))
    const unknown = models.find(({ name }) => !names.has(name))
    if (unknown !== undefined) throw new Refusal('invalid', `unknown model '${unknown.name}'`)
    const changed = present.models.map((model) => {
      const change = models.find(({ name }) => name === model.name)
      if (change === undefined) return model
      const { batches } = facts.get(model.name)!
      const fitting = batches.filter((batch) => batch <= change.largestBatch)
      if (fitting.length === 0)
        throw new Refusal(
          'invalid',
          `model '${model.name}': expected a largest batch of at least ${batches[0]}`,
        )
      if (change.cus > totalCus(device))
        throw new Refusal(
          'invalid',
          `model '${model.name}': expected at most ${totalCus(device)} compute units`,
        )
      const { instances, cus: share, maxDelayMs } = change
      return { ...model, instances, share, maxDelayMs, batches: fitting }
    })
    const concurrency = changed.reduce((total, { instances }) => total + instances, 0)
    const evidence = { policy: 'tried', parameters: {} }
    const plan = { ...present, mechanism, concurrency, models: changed, evidence }
    return withExpectations(plan, facts, device)
  }
}

function shown({ attainment, p95Ms, notAnswered }: Forecast): Trial['models'][number]['tried'] {
  return { attainment, notAnswered, ...(p95Ms !== undefined && { p95Ms }) }
}

/** The sentences of the tried plan that are not those of the present one. */
function changeWords(present: ServingPlan, tried: ServingPlan): string[] {
  const before = new Set(planWords(present))
  const changed = planWords(tried).filter((sentence) => !before.has(sentence))
  return changed.length > 0 ? changed : ['Nothing changes.']
}
