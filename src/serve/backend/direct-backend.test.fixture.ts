import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Cancellation } from '../cancellation.js'
import type { Trial, TrialRequest } from '../planning/trial.js'
import { Refusal } from '../refusal.js'
import type {
  Backend,
  BackendEvents,
  BackendView,
  InferOptions,
  InferRequest,
  Inferred,
  ModelEntry,
  ModelMetadata,
} from './backend.js'
import type { SimulatedModel } from './simulated-device.js'

/** A model that takes some time and returns its inputs. */
export interface DirectModel extends SimulatedModel {
  /** The time of a request with this many rows, µs. */
  latencyUs(rows: number): number
}

const UNPLANNED = new Refusal('unsupported', 'nothing is planned here')

/** Answers each request by itself after the model's latency, in real time. */
export class DirectBackend implements Backend {
  readonly models: Map<string, ModelEntry>
  readonly #simulated: ReadonlyMap<string, DirectModel>
  readonly #pending = new Map<string, number>()
  #events: BackendEvents | undefined

  constructor(models: readonly DirectModel[]) {
    this.#simulated = new Map(models.map((model) => [model.metadata.name, model]))
    this.models = new Map()
    for (const { metadata } of models) this.#enter(metadata, 'READY')
  }

  async start(events: BackendEvents): Promise<void> {
    this.#events = events
  }

  async stop(): Promise<void> {}

  async load(model: string): Promise<void> {
    this.#enter(this.models.get(model)!.metadata, 'READY')
  }

  async unload(model: string): Promise<void> {
    this.#enter(this.models.get(model)!.metadata, 'UNAVAILABLE')
  }

  #enter(metadata: ModelMetadata, state: ModelEntry['state']): void {
    const reason = state === 'READY' ? '' : 'unloaded'
    this.models.set(metadata.name, { metadata, state, reason })
  }

  pending(model: string): number {
    return this.#pending.get(model) ?? 0
  }

  plan(): unknown {
    return null
  }

  async swap(_plan: ServingPlan): Promise<void> {
    throw UNPLANNED
  }

  async tryPlan(_request: TrialRequest): Promise<Trial> {
    throw UNPLANNED
  }

  async applyTrial(_id: string): Promise<void> {
    throw UNPLANNED
  }

  observe(): BackendView {
    const models = [...this.models.keys()].map(
      (name) => [name, { waiting: 0, running: this.pending(name) }] as const,
    )
    return {
      device: { kind: 'sim', name: 'a simulated device', granuleCus: [] },
      models: new Map(models),
      holdings: [],
    }
  }

  async infer(request: InferRequest, { cancellation }: InferOptions): Promise<Inferred> {
    const model = this.#simulated.get(request.model)!
    const computeUs = model.latencyUs(request.rows)
    this.#pending.set(request.model, this.pending(request.model) + 1)
    try {
      if (computeUs > 0) await passed(computeUs, cancellation)
    } finally {
      this.#pending.set(request.model, this.pending(request.model) - 1)
    }
    const times = { queueUs: 0, inputUs: 0, computeUs, outputUs: 0 }
    this.#events?.launched(request.model, request.rows, times)
    return { outputs: model.compute?.(request) ?? [], times }
  }
}

/** Resolves after this time; rejects if the client leaves before. */
function passed(durationUs: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, durationUs / 1000)
    cancellation.onCancel(() => {
      clearTimeout(timer)
      reject(new Refusal('cancelled', 'the client left'))
    })
  })
}
