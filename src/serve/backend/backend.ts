import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Cancellation } from '../cancellation.js'
import type { Trial, TrialRequest } from '../planning/trial.js'
import type { ObservedModel, ServerState } from '../telemetry/state.js'
import type { Datatype } from '../tensors/datatypes.js'
import type { RegionPart } from '../tensors/shared-memory.js'
import type { OutputTensor, Tensor } from '../tensors/tensors.js'

/** A tensor of a model. */
export interface TensorSignature {
  readonly name: string
  readonly datatype: Datatype
  /** -1 where the size varies; of a model with batches the first dimension is the batch. */
  readonly shape: readonly number[]
}

/** What clients may know about a model. */
export interface ModelMetadata {
  readonly name: string
  /** What runs it, e.g. `pytorch`, or `eclip-sim` where nothing is computed. */
  readonly platform: string
  readonly inputs: readonly TensorSignature[]
  readonly outputs: readonly TensorSignature[]
  /** The most rows in one request; 0 if the first dimension of its tensors is not a batch. */
  readonly largestBatch: number
  /** For each output, the class names by index of its last dimension. */
  readonly labels?: Readonly<Record<string, readonly string[]>>
}

export type ModelState = 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE'

/** A model that the backend knows, loaded or not. */
export interface ModelEntry {
  readonly metadata: ModelMetadata
  readonly state: ModelState
  /** Why it is in that state, where there is something to say. */
  readonly reason: string
}

/** One request, checked against its model. */
export interface InferRequest {
  readonly model: string
  /** Rows, 1 or more; 1 for a model without batches. */
  readonly rows: number
  /** In the order of the model's inputs. */
  readonly inputs: readonly Tensor[]
  /** By output of the model, where it may be put instead of into the result; left out: nowhere. */
  readonly rooms?: readonly (RegionPart | undefined)[]
}

/** How a request is to be scheduled. */
export interface InferOptions {
  /** Microseconds from now within which it must end; if left out, the model's target. */
  readonly timeoutUs?: number
  /** 1 is the highest and larger numbers are lower; 0 stands for the model's own. */
  readonly priority: number
  /** Who asks: each tenant has an even share of the server. */
  readonly tenant: string
  /** Whether somebody waits for the result. */
  readonly cancellation: Cancellation
}

/** Where the time of a request went, µs. */
export interface InferTimes {
  readonly queueUs: number
  /** Putting the inputs where the model reads them from. */
  readonly inputUs: number
  readonly computeUs: number
  /** Taking the outputs from where the model wrote them to. */
  readonly outputUs: number
}

export interface Inferred {
  /** In the order of the model's outputs. */
  readonly outputs: readonly OutputTensor[]
  readonly times: InferTimes
}

/** What a backend tells the server without being asked. */
export interface BackendEvents {
  /** A launch of a model has ended, with so many rows in it. */
  launched(model: string, rows: number, times: Omit<InferTimes, 'queueUs'>): void
  /** Something an operator should know. */
  noted(event: string, details: Readonly<Record<string, unknown>>): void
}

/** What a backend shows to those who watch the server. */
export interface BackendView {
  readonly device: ServerState['device']
  /** By model; whatever is left out is not known. */
  readonly models: ReadonlyMap<string, BackendModelView>
  readonly holdings: ServerState['holdings']
  /** Parts of the work of the last seconds, by name. */
  readonly shares?: {
    readonly models: ReadonlyMap<string, number>
    readonly tenants: ReadonlyMap<string, number>
  }
  readonly plan?: ServerState['plan']
  readonly tryable?: ServerState['tryable']
}

export interface BackendModelView {
  readonly priorityClass?: ObservedModel['priorityClass']
  readonly target?: ObservedModel['target']
  /** Requests that wait for a launch, and requests in one. */
  readonly waiting?: number
  readonly running?: number
  /** Since the start: its part of the device's energy in joules, and compute units times ms. */
  readonly energyJ?: number
  readonly cuMs?: number
}

/** What runs models. This is all that the transports know about it. */
export interface Backend {
  /** Makes the models ready. */
  start(events: BackendEvents): Promise<void>
  /** Ends everything and leaves nothing behind. */
  stop(): Promise<void>
  /** Every model it knows, by name. */
  readonly models: ReadonlyMap<string, ModelEntry>
  /** @throws Refusal; loading a model that is loaded loads it again */
  load(model: string): Promise<void>
  /** @throws Refusal */
  unload(model: string): Promise<void>
  /** @throws Refusal saying why there is no result */
  infer(request: InferRequest, options: InferOptions): Promise<Inferred>
  /** Requests of a model that wait or run. */
  pending(model: string): number
  /** The plan it carries out, for people and tools. */
  plan(): unknown
  /** Puts another plan for the same models into force; no request is lost. @throws Refusal, InputError */
  swap(plan: ServingPlan): Promise<void>
  /** What it shows of itself now. */
  observe(): BackendView
  /** Simulates another plan on the last minutes of requests. @throws Refusal */
  tryPlan(request: TrialRequest): Promise<Trial>
  /** Puts a plan that was tried into force. @throws Refusal */
  applyTrial(id: string): Promise<void>
}
