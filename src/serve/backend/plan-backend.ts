import { WorkError } from '../../errors.js'
import {
  instanceModels,
  SERVING_MECHANISMS,
  type ServedModelPlan,
  type ServingMechanism,
  type ServingPlan,
} from '../../plan/serving-plan.js'
import type { RecentArrivals } from '../planning/recent-arrivals.js'
import type { TargetCounts } from '../planning/target-counts.js'
import type { Trial, TrialRequest } from '../planning/trial.js'
import type { Trials } from '../planning/trials.js'
import { Refusal } from '../refusal.js'
import { ActivePlan, rowsOf } from './active-plan.js'
import { AdmissionControl } from './admission-control.js'
import type {
  Backend,
  BackendEvents,
  BackendView,
  InferOptions,
  InferRequest,
  Inferred,
  ModelEntry,
  ModelMetadata,
  ModelState,
} from './backend.js'
import { DeviceUse } from './device-use.js'
import type { LaunchDevice } from './launch-device.js'
import { OneAtATime } from './one-at-a-time.js'
import { modelView, planView } from './plan-view.js'

export interface PlanBackendOptions {
  readonly plan: ServingPlan
  readonly device: LaunchDevice
  /** Priority levels of the device. */
  readonly levels: number
  /** How many rows of one model may wait or run. */
  readonly mostHeld: number
  /** The device, as the dashboard and the metrics show it. */
  readonly view: BackendView['device']
  /** The mechanisms that a plan may use to be put into force while the server runs; if left out, any. */
  readonly mechanisms?: readonly ServingMechanism[]
  /**
   * Makes a plan fit to be put into force while the server runs; if left out, plans are served as they are.
   * @throws InputError if the plan does not fit what is served
   */
  readonly admit?: (plan: ServingPlan) => ServingPlan
  /** Tries other plans; left out where too little is known to do so. */
  readonly trials?: Trials
  /** A monotonic clock, µs. */
  nowUs(): number
}

/** Other plans are tried on the requests of this many seconds. */
const TRIED_ON_S = 120

/** Runs models on a device as a plan says, through the scheduling core. */
export class PlanBackend implements Backend {
  readonly models = new Map<string, ModelEntry>()
  readonly #options: PlanBackendOptions
  readonly #admission: AdmissionControl
  readonly #changes = new OneAtATime()
  #active: ActivePlan
  readonly #use: DeviceUse
  #sinceMs = Date.now()
  /** How many plans have been put into force. */
  #switches = 1
  #nextSeat = 0
  /** Seats whose process has ended and has not been restarted yet. */
  readonly #lost = new Set<number>()
  #events: BackendEvents | undefined

  constructor(options: PlanBackendOptions) {
    this.#options = options
    this.#use = new DeviceUse(options.device, options.nowUs)
    this.#active = this.#prepare(options.plan, this.#newSeats(instanceModels(options.plan).length))
    this.#admission = new AdmissionControl(options.plan, { ...options, active: () => this.#active })
    for (const { name, batches } of options.plan.models) {
      const unknown = { name, platform: '', inputs: [], outputs: [], largestBatch: batches[0] }
      this.#enter(unknown, 'LOADING', '')
    }
  }

  async start(events: BackendEvents): Promise<void> {
    this.#events = events
    await this.#options.device.start({
      noted: events.noted,
      lost: (seats) => {
        for (const seat of seats) this.#lost.add(seat)
        this.#active.withdraw(seats)
      },
      restored: (seats) => {
        for (const seat of seats) this.#lost.delete(seat)
        this.#offer(seats)
      },
    })
    const { models } = this.#active.plan
    await this.#changes.run(() => sideBySide(models.map(({ name }) => this.#load(name))))
  }

  async stop(): Promise<void> {
    await this.#options.device.stop()
  }

  /** The requests that have come lately. */
  get arrivals(): RecentArrivals {
    return this.#admission.arrivals
  }

  /** How many requests were held to their targets, and how many were in time. */
  get targetCounts(): TargetCounts {
    return this.#admission.targetCounts
  }

  plan(): ServingPlan {
    return this.#active.plan
  }

  pending(model: string): number {
    return this.#active.waiting(model) + this.#active.running(model)
  }

  infer(request: InferRequest, options: InferOptions): Promise<Inferred> {
    return this.#admission.infer(request, options)
  }

  observe(): BackendView {
    const active = this.#active
    const { plan } = active
    const energyJ = this.#use.splitEnergy()
    const { idleJ } = this.#use
    return {
      device: { ...this.#options.view, ...(energyJ !== undefined && { energyJ }) },
      models: new Map(plan.models.map((one) => [one.name, modelView(one, active, this.#use)])),
      shares: this.#use.shares(),
      ...(idleJ !== undefined && { idleJ }),
      holdings: active
        .holdings()
        .filter(({ model }) => this.models.get(model)?.state !== 'UNAVAILABLE'),
      plan: planView(plan, { sinceMs: this.#sinceMs, switches: this.#switches }),
      ...(this.#options.trials && { tryable: this.#options.trials.tryable(plan) }),
    }
  }

  async tryPlan(request: TrialRequest): Promise<Trial> {
    const nowS = this.#options.nowUs() / 1e6
    return this.#trials().try(request, this.plan(), this.arrivals.last(TRIED_ON_S, nowS))
  }

  async applyTrial(id: string): Promise<void> {
    await this.swap(this.#trials().take(id))
  }

  #trials(): Trials {
    const { trials } = this.#options
    if (trials !== undefined) return trials
    throw new Refusal('unsupported', 'this server cannot try other plans')
  }

  load(name: string): Promise<void> {
    return this.#changes.run(() => this.#load(name))
  }

  unload(name: string): Promise<void> {
    return this.#changes.run(() => this.#unload(name))
  }

  /**
   * Puts another plan for the same models into force. Launches that run go on, requests that wait are served under
   * the new plan, and seats that are the same in both plans are kept.
   * @throws Refusal, or InputError if the plan does not fit the models; the present plan then stays in force
   */
  async swap(plan: ServingPlan): Promise<void> {
    const { admit = asItIs } = this.#options
    const admitted = admit(plan)
    await this.#changes.run(() => this.#swap(admitted))
  }

  async #load(name: string): Promise<void> {
    if (this.models.get(name)?.state === 'READY') await this.#unload(name)
    const { metadata } = this.models.get(name)!
    const seats = this.#active.seatsOf(name)
    // The processes of these seats are new, so it no longer matters how earlier ones ended.
    for (const seat of seats) this.#lost.delete(seat)
    this.#enter(metadata, 'LOADING', '')
    try {
      const loaded = await this.#options.device.load(this.#active.modelNamed(name), seats)
      this.#enter(loaded, 'READY', '')
      this.#offer(seats)
    } catch (error) {
      const refusal = notLoaded(error)
      this.#enter(metadata, 'UNAVAILABLE', refusal.message)
      throw refusal
    }
    this.#events?.noted('loaded', { model: name })
  }

  async #unload(name: string): Promise<void> {
    const { metadata, state } = this.models.get(name)!
    if (state === 'UNAVAILABLE') return
    this.#enter(metadata, 'UNLOADING', '')
    await this.#active.emptied(name)
    const seats = this.#active.seatsOf(name)
    this.#active.withdraw(seats)
    await this.#options.device.unload(seats)
    this.#enter(metadata, 'UNAVAILABLE', 'unloaded')
    this.#events?.noted('unloaded', { model: name })
  }

  async #swap(plan: ServingPlan): Promise<void> {
    this.#assertReplaces(plan)
    const { device } = this.#options
    const before = this.#active
    const seats = plan.models.flatMap((model) => this.#seatsFor(model, plan))
    const after = this.#prepare(plan, seats)
    const ready = plan.models.filter(({ name }) => this.models.get(name)?.state === 'READY')
    const added = await this.#loadAdded(ready, after)
    this.#active = after
    this.#switches++
    this.#sinceMs = Date.now()
    this.#offer(added)
    before.handOver()
    this.#events?.noted('plan', { policy: plan.evidence.policy, switches: this.#switches })
    const readySeats = ready.flatMap(({ name }) => after.seatsOf(name))
    await Promise.all(
      before.seats.map(async (seat) => {
        // A seat can only take one launch at a time.
        await before.idle(seat)
        if (!after.has(seat)) await device.unload([seat])
        else if (readySeats.includes(seat)) this.#offer([seat])
      }),
    )
  }

  /** @throws Refusal if the plan in force cannot give way to this one */
  #assertReplaces({ mechanism, models }: ServingPlan): void {
    const { mechanisms = SERVING_MECHANISMS } = this.#options
    if (!mechanisms.includes(mechanism)) {
      const expected = mechanisms.join(' or ')
      throw new Refusal('unsupported', `mechanism: expected ${expected}, found ${mechanism}`)
    }
    const left = this.#active.plan.models.find(
      (one) => !models.some(({ name }) => name === one.name),
    )
    if (left !== undefined) throw new Refusal('invalid', `the plan leaves out '${left.name}'`)
  }

  /** Puts seats into service, except those whose process has ended: they follow once it is restarted. */
  #offer(seats: readonly number[]): void {
    this.#active.offer(seats.filter((seat) => !this.#lost.has(seat)))
  }

  /** Loads models on the seats that are new in the next plan, either all or none. @returns these seats */
  async #loadAdded(models: readonly ServedModelPlan[], next: ActivePlan): Promise<number[]> {
    const { device } = this.#options
    const added: number[] = []
    const loaded: ModelMetadata[] = []
    try {
      for (const model of models) {
        const fresh = next.seatsOf(model.name).filter((seat) => !this.#active.has(seat))
        if (fresh.length > 0) loaded.push(await device.load(model, fresh))
        added.push(...fresh)
      }
    } catch (error) {
      await device.unload(added)
      throw notLoaded(error)
    }
    for (const metadata of loaded) this.#enter(metadata, 'READY', '')
    return added
  }

  /**
   * The seats for a model under another plan: first those it keeps because both plans agree on them, then new ones.
   */
  #seatsFor(model: ServedModelPlan, { mechanism }: ServingPlan): number[] {
    const { plan } = this.#active
    const present = plan.models.find(({ name }) => name === model.name)
    if (present === undefined)
      throw new Refusal('invalid', `the plan in force has no model '${model.name}'`)
    const isAlike =
      mechanism === plan.mechanism &&
      present.share === model.share &&
      `${present.batches}` === `${model.batches}`
    const kept = isAlike ? this.#active.seatsOf(model.name).slice(0, model.instances) : []
    return [...kept, ...this.#newSeats(model.instances - kept.length)]
  }

  #newSeats(count: number): number[] {
    return Array.from({ length: count }, () => this.#nextSeat++)
  }

  #prepare(plan: ServingPlan, seats: readonly number[]): ActivePlan {
    const { device, levels, nowUs } = this.#options
    return new ActivePlan({
      plan,
      seats,
      levels,
      device,
      nowUs,
      isOwed: (model) => this.#use.isOwed(model),
      began: () => this.#use.began(),
      ended: () => this.#use.ended(),
      launched: (model, works, times) => {
        this.#use.launched(model, works, times.computeUs)
        this.#events?.launched(model.name, rowsOf(works), times)
      },
    })
  }

  #enter(metadata: ModelMetadata, state: ModelState, reason: string): void {
    this.models.set(metadata.name, { metadata, state, reason })
  }
}

/** Resolves once all the work is done. Rejects with the first failure, but only when nothing runs any more. */
async function sideBySide(work: readonly Promise<void>[]): Promise<void> {
  try {
    await Promise.all(work)
  } finally {
    await Promise.allSettled(work)
  }
}

function asItIs(plan: ServingPlan): ServingPlan {
  return plan
}

function notLoaded(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof WorkError) return new Refusal('model-unavailable', error.message)
  throw error
}
