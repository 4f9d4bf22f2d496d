import type { ServingPlan } from '../../plan/serving-plan.js'
import { RecentArrivals } from '../planning/recent-arrivals.js'
import { TargetCounts } from '../planning/target-counts.js'
import { Refusal, type RefusalReason } from '../refusal.js'
import type { ActivePlan, Work } from './active-plan.js'
import type { InferOptions, InferRequest, Inferred } from './backend.js'
import { TenantQuota } from './tenant-quota.js'

/** How many times a request is run before it fails, if its worker ends each time. */
const MOST_ATTEMPTS = 2

/** These refusals count as missed targets. The client caused all the others. */
const MISSES: ReadonlySet<RefusalReason> = new Set(['overloaded', 'late', 'worker-lost'])

export interface AdmissionControlOptions {
  /** How many rows of one model may wait or run. */
  readonly mostHeld: number
  /** A monotonic clock, µs. */
  nowUs(): number
  /** The part of the backend that runs requests under the plan in force. */
  active(): ActivePlan
}

/** Takes requests from their arrival to their answer, even if plans change in between. */
export class AdmissionControl {
  /** The requests that have come lately. */
  readonly arrivals = new RecentArrivals()
  /** Requests with a timeout of their own are left out, as the target does not apply to them. */
  readonly targetCounts = new TargetCounts()
  readonly #options: AdmissionControlOptions
  readonly #quotas: ReadonlyMap<string, TenantQuota>

  constructor({ models }: ServingPlan, options: AdmissionControlOptions) {
    this.#options = options
    const quotaOf = (name: string): TenantQuota =>
      new TenantQuota(() => Math.min(options.mostHeld, options.active().mostInTime(name)))
    this.#quotas = new Map(models.map(({ name }) => [name, quotaOf(name)]))
  }

  infer(request: InferRequest, options: InferOptions): Promise<Inferred> {
    const { model, rows } = request
    const arrivalUs = this.#options.nowUs()
    this.arrivals.add(model, arrivalUs / 1e6, rows)
    const inferred = this.#admit(request, arrivalUs, options)
    return options.timeoutUs === undefined ? this.#counted(model, arrivalUs, inferred) : inferred
  }

  async #counted(model: string, arrivalUs: number, inferred: Promise<Inferred>): Promise<Inferred> {
    const { nowUs, active } = this.#options
    const dueUs = arrivalUs + active().modelNamed(model).targetMs * 1000
    try {
      const result = await inferred
      if (nowUs() <= dueUs) this.targetCounts.inTime(model)
      else this.targetCounts.missed(model)
      return result
    } catch (error) {
      if (error instanceof Refusal && MISSES.has(error.reason)) this.targetCounts.missed(model)
      throw error
    }
  }

  async #admit(request: InferRequest, arrivalUs: number, options: InferOptions): Promise<Inferred> {
    const { tenant } = options
    const quota = this.#quotas.get(request.model)!
    if (!quota.hasRoom(tenant, request.rows)) throw this.#full(request)
    quota.enter(tenant, request.rows)
    try {
      return await this.#work(request, arrivalUs, options)
    } finally {
      quota.leave(tenant, request.rows)
    }
  }

  /** Runs the request, and runs it again if its worker ended or the plan changed before it was launched. */
  async #work(request: InferRequest, arrivalUs: number, options: InferOptions): Promise<Inferred> {
    const { cancellation, timeoutUs = Number.POSITIVE_INFINITY } = options
    const work: Work = { request, tenant: options.tenant, result: undefined }
    let attempts = 0
    for (;;) {
      if (cancellation.isCancelled) throw new Refusal('cancelled', 'the client left')
      const outcome = await this.#options.active().run(work, arrivalUs, options)
      if (outcome.kind === 'answered') return answerOf(work, outcome.startUs - arrivalUs)
      if (outcome.kind === 'dropped') throw this.#dropped(outcome.reason, request)
      if (outcome.kind === 'withdrawn') {
        if (this.#options.nowUs() >= arrivalUs + timeoutUs) throw this.#dropped('late', request)
        continue
      }
      attempts++
      const { error } = outcome
      const isLost = error instanceof Refusal && error.reason === 'worker-lost'
      if (!isLost || attempts === MOST_ATTEMPTS) throw error
    }
  }

  #dropped(reason: string, request: InferRequest): Refusal {
    if (reason === 'full') return this.#full(request)
    if (reason === 'too-large')
      return new Refusal('invalid', `model '${request.model}': the batch is too large`)
    return new Refusal('late', `model '${request.model}': the request cannot end in time`)
  }

  /** Refuses a request for which there is no room, and says when there may be room. */
  #full({ model }: InferRequest): Refusal {
    const waitS = this.#options.active().waitUs(model, this.#quotas.get(model)!.held) / 1e6
    return new Refusal('overloaded', `model '${model}': too many requests wait`, waitS)
  }
}

function answerOf({ result }: Work, queueUs: number): Inferred {
  const { outputs, times } = result!
  if (outputs instanceof Refusal) throw outputs
  return { outputs, times: { queueUs, ...times } }
}
