import { WorkError } from '../errors.js'
import { expectedUs, type ServedModelPlan, type ServingPlan } from '../plan/serving-plan.js'
import type {
  Backend,
  BackendEvents,
  BackendModelView,
  BackendView,
  InferOptions,
  InferRequest,
  Inferred,
  ModelEntry,
  ModelMetadata,
  ModelState,
} from './backend.js'
import type { LaunchDevice } from './launch-device.js'
import { planWords } from './plan-words.js'
import { Refusal } from './refusal.js'
import { Shift, type Work } from './shift.js'
import { WaitingRoom } from './waiting-room.js'

export interface PlanBackendOptions {
  readonly plan: ServingPlan
  readonly device: LaunchDevice
  /** Priority levels of the device. */
  readonly levels: number
  /** Rows of one model that may wait or run. */
  readonly mostHeld: number
  /** What is shown of the device. */
  readonly view: BackendView['device']
  /** A monotonic clock, µs. */
  nowUs(): number
}

/** A request whose worker ended is run once more, not for ever. */
const MOST_ATTEMPTS = 2

/** Runs models on a device as a plan says, through the scheduling core. */
export class PlanBackend implements Backend {
  readonly models = new Map<string, ModelEntry>()
  readonly #options: PlanBackendOptions
  readonly #rooms = new Map<string, WaitingRoom>()
  #shift: Shift
  readonly #startedMs = Date.now()
  #events: BackendEvents | undefined

  constructor(options: PlanBackendOptions) {
    this.#options = options
    this.#shift = this.#shiftOf(options.plan)
    for (const { name, batches } of options.plan.models) {
      const unknown = { name, platform: '', inputs: [], outputs: [], largestBatch: batches[0] }
      this.#enter(unknown, 'UNAVAILABLE', 'not loaded yet')
      this.#rooms.set(name, new WaitingRoom(options.mostHeld))
    }
  }

  async start(events: BackendEvents): Promise<void> {
    this.#events = events
    await this.#options.device.start({
      noted: events.noted,
      lost: (instances) => this.#shift.withdraw(instances),
      restored: (instances) => this.#shift.offer(instances),
    })
    for (const { name } of this.#shift.plan.models) await this.load(name)
  }

  async stop(): Promise<void> {
    await this.#options.device.stop()
  }

  plan(): ServingPlan {
    return this.#shift.plan
  }

  pending(model: string): number {
    return this.#shift.waiting(model) + this.#shift.running(model)
  }

  observe(): BackendView {
    const { plan } = this.#shift
    return {
      device: this.#options.view,
      models: new Map(plan.models.map((model) => [model.name, this.#viewOf(model)])),
      holdings: this.#shift
        .holdings()
        .filter(({ model }) => this.models.get(model)?.state !== 'UNAVAILABLE'),
      plan: {
        mechanism: plan.mechanism,
        policy: plan.evidence.policy,
        words: planWords(plan),
        sinceMs: this.#startedMs,
        switches: 1,
      },
    }
  }

  #viewOf({ name, priorityClass, targetMs, quantile }: ServedModelPlan): BackendModelView {
    return {
      priorityClass,
      target: { ms: targetMs, quantile },
      waiting: this.#shift.waiting(name),
      running: this.#shift.running(name),
    }
  }

  async load(name: string): Promise<void> {
    const { metadata, state } = this.#settled(name)
    if (state === 'READY') await this.unload(name)
    const model = this.#shift.modelNamed(name)
    const instances = this.#shift.instancesOf(name)
    this.#enter(metadata, 'LOADING', '')
    try {
      const loaded = await this.#options.device.load(model, instances)
      this.#enter(loaded, 'READY', '')
      this.#shift.offer(instances)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#enter(metadata, 'UNAVAILABLE', reason)
      throw error instanceof WorkError ? new Refusal('model-unavailable', reason) : error
    }
    this.#events?.noted('loaded', { model: name })
  }

  async unload(name: string): Promise<void> {
    const { metadata, state } = this.#settled(name)
    if (state === 'UNAVAILABLE') return
    this.#enter(metadata, 'UNLOADING', '')
    await this.#shift.emptied(name)
    const instances = this.#shift.instancesOf(name)
    this.#shift.withdraw(instances)
    await this.#options.device.unload(instances)
    this.#enter(metadata, 'UNAVAILABLE', 'unloaded')
    this.#events?.noted('unloaded', { model: name })
  }

  async infer(request: InferRequest, options: InferOptions): Promise<Inferred> {
    const { tenant } = options
    const room = this.#rooms.get(request.model)!
    if (!room.hasRoom(tenant, request.rows)) throw this.#full(request)
    room.enter(tenant, request.rows)
    try {
      return await this.#work(request, options)
    } finally {
      room.leave(tenant, request.rows)
    }
  }

  /** Has the request run, again if its worker ended or the plan changed before its launch. */
  async #work(request: InferRequest, options: InferOptions): Promise<Inferred> {
    const { presence, timeoutUs = Number.POSITIVE_INFINITY } = options
    const arrivalUs = this.#options.nowUs()
    const work: Work = { request, result: undefined }
    let attempts = 0
    for (;;) {
      if (presence.hasLeft) throw new Refusal('cancelled', 'the client left')
      const outcome = await this.#shift.run(work, arrivalUs, options)
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

  /** Refuses a request for which there is no room, and says when there may be. */
  #full({ model }: InferRequest): Refusal {
    const planned = this.#shift.modelNamed(model)
    const largest = planned.batches[planned.batches.length - 1]
    const launches = this.#rooms.get(model)!.held / largest / planned.instances
    const waitS = (launches * expectedUs(planned, largest, this.#shift.plan.concurrency)) / 1e6
    return new Refusal('overloaded', `model '${model}': too many requests wait`, waitS)
  }

  #shiftOf(plan: ServingPlan): Shift {
    const { device, levels, nowUs } = this.#options
    return new Shift({
      plan,
      levels,
      device,
      nowUs,
      launched: (model, rows, times) => this.#events?.launched(model, rows, times),
    })
  }

  #settled(name: string): ModelEntry {
    const entry = this.models.get(name)!
    if (entry.state === 'READY' || entry.state === 'UNAVAILABLE') return entry
    throw new Refusal('model-unavailable', `model '${name}' is ${entry.state.toLowerCase()}`)
  }

  #enter(metadata: ModelMetadata, state: ModelState, reason: string): void {
    this.models.set(metadata.name, { metadata, state, reason })
  }
}

function answerOf({ result }: Work, queueUs: number): Inferred {
  const { outputs, times } = result!
  return { outputs, times: { queueUs, ...times } }
}
