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
  /** -1 where the size varies. The first dimension is the batch, if the model has batches. */
  readonly shape: readonly number[]
}

/** What clients may know about a model. */
export interface ModelMetadata {
  readonly name: string
  /** What runs the model, e.g. `pytorch`, or `eclip-sim` where nothing is computed. */
  readonly platform: string
  readonly inputs: readonly TensorSignature[]
  readonly outputs: readonly TensorSignature[]
  /** The most rows in one request; 0 if the first dimension of its tensors is not a batch. */
  readonly largestBatch: number
  /** The class names of an output, by their index in its last dimension. */
  readonly labels?: Readonly<Record<string, readonly string[]>>
}

export type ModelState = 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE'

/** A model that the backend knows, loaded or not. */
export interface ModelEntry {
  readonly metadata: ModelMetadata
  readonly state: ModelState
  /** Why the model is in this state; empty if there is nothing to say. */
  readonly reason: string
}

/** One request, checked against its model. */
export interface InferRequest {
  readonly model: string
  /** Rows, 1 or more; always 1 for a model without batches. */
  readonly rows: number
  /** In the order of the model's inputs. */
  readonly inputs: readonly Tensor[]
  /** For each output of the model, the shared memory that may receive it in place of the result. */
  readonly rooms?: readonly (RegionPart | undefined)[]
}

/** How a request is to be scheduled. */
export interface InferOptions {
  /** Microseconds from now within which the request must end; if left out, the model's target applies. */
  readonly timeoutUs?: number
  /** 1 is the highest, and larger numbers are lower; 0 means the model's own priority. */
  readonly priority: number
  /** Who asks. Tenants share the server evenly. */
  readonly tenant: string
  /** Whether the client still waits for the result. */
  readonly cancellation: Cancellation
}

/** Where the time of a request went, µs. */
export interface InferTimes {
  readonly queueUs: number
  /** The time taken to put the inputs where the model reads them. */
  readonly inputUs: number
  readonly computeUs: number
  /** The time taken to fetch the outputs from where the model wrote them. */
  readonly outputUs: number
}

export interface Inferred {
  /** In the order of the model's outputs. */
  readonly outputs: readonly OutputTensor[]
  readonly times: InferTimes
}

/** What a backend reports to the server of its own accord. */
export interface BackendEvents {
  /** A launch of a model has ended; it ran this many rows. */
  launched(model: string, rows: number, times: Omit<InferTimes, 'queueUs'>): void
  /** Something an operator should know. */
  noted(event: string, details: Readonly<Record<string, unknown>>): void
}

/** What a backend shows on the dashboard and in the metrics. */
export interface BackendView {
  readonly device: ServerState['device']
  /** By model; a value that is left out is not known. */
  readonly models: ReadonlyMap<string, BackendModelView>
  readonly holdings: ServerState['holdings']
  /** Joules of the device that no model has a part of, as nothing ran. */
  readonly idleJ?: number
  /** Each name's part of the work of the last seconds, 0 to 1. */
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
  /** Requests that wait for a launch, and requests that are being launched. */
  readonly waiting?: number
  readonly running?: number
  /** Totals since the start: the model's part of the device's energy in joules, and compute units times ms. */
  readonly energyJ?: number
  readonly cuMs?: number
}

/** Runs models. The transports know nothing else about it. */
export interface Backend {
  /** Makes every model ready. */
  start(events: BackendEvents): Promise<void>
  /** Ends everything and leaves nothing behind. */
  stop(): Promise<void>
  /** Every model it knows, by name. */
  readonly models: ReadonlyMap<string, ModelEntry>
  /** Loads a model, or loads it again if it is loaded. @throws Refusal */
  load(model: string): Promise<void>
  /** @throws Refusal */
  unload(model: string): Promise<void>
  /** @throws Refusal saying why there is no result */
  infer(request: InferRequest, options: InferOptions): Promise<Inferred>
  /** Requests of a model that wait or run. */
  pending(model: string): number
  /** The plan it carries out, for people and tools. */
  plan(): unknown
  /** Puts another plan for the same models into force without losing a request. @throws Refusal, InputError */
  swap(plan: ServingPlan): Promise<void>
  /** What the backend shows of itself at this moment. */
  observe(): BackendView
  /** Simulates another plan on the requests of the last minutes. @throws Refusal */
  tryPlan(request: TrialRequest): Promise<Trial>
  /** Puts a plan into force that was tried before. @throws Refusal */
  applyTrial(id: string): Promise<void>
}
