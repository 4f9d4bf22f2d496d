import { InputError } from '../errors.js'
import { getOrMake } from '../maps.js'
import type {
  Backend,
  InferOptions,
  ModelEntry,
  ModelMetadata,
  ModelState,
} from './backend/backend.js'
import type { Cancellation } from './cancellation.js'
import type { Log } from './log.js'
import { countParameter, type Parameters } from './parameters.js'
import { Refusal } from './refusal.js'
import { checkInputs, checkOutputs, type WireRequest, withRooms } from './requests.js'
import { RequestAccounting } from './telemetry/request-accounting.js'
import { ModelStatistics } from './telemetry/statistics.js'
import type { Tracer } from './telemetry/traces.js'
import { type DeliveredOutput, deliver } from './tensors/delivery.js'
import { SharedMemory } from './tensors/shared-memory.js'

/** The one version that every model has. */
export const VERSION = '1'

/** The extensions of the protocol that this server speaks. */
export const EXTENSIONS = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'parameters',
  'schedule_policy',
  'statistics',
  'system_shared_memory',
] as const

export interface ServiceOptions {
  /** The name that the server reports to clients. */
  readonly name: string
  readonly version: string
  /** A monotonic clock, µs. */
  nowUs(): number
  /** Told of every request; if left out, nothing is traced. */
  readonly tracer?: Tracer
  readonly log: Log
}

/** The answer to a request, in the form that both transports send. */
export interface WireResponse {
  readonly model: string
  readonly version: string
  readonly id: string
  readonly outputs: readonly DeliveredOutput[]
}

/** Who asks, and whether they are still there. */
export interface Caller {
  readonly tenant: string
  readonly cancellation: Cancellation
  /** How long the client waits, µs, if its transport says so. */
  readonly timeoutUs?: number
  /** The place of this request in a trace of the client's own. */
  readonly traceparent?: string | undefined
}

export interface IndexEntry {
  readonly name: string
  readonly version: string
  readonly state: ModelState
  readonly reason: string
}

/** What the server does, whichever transport asks. Every method throws a Refusal. */
export class InferenceService {
  readonly options: ServiceOptions
  /** The backend in use. A backend that stands in while another one is being opened is replaced by it. */
  backend: Backend
  readonly memory = new SharedMemory()
  readonly accounting = new RequestAccounting()
  readonly statistics = new Map<string, ModelStatistics>()
  #isDraining = false

  constructor(backend: Backend, options: ServiceOptions) {
    this.backend = backend
    this.options = options
  }

  async start(): Promise<void> {
    await this.backend.start({
      launched: (model, rows, times) => this.statisticsOf(model).launched(rows, times),
      noted: (event, details) => this.options.log(event, details),
    })
  }

  /** Refuses new inference requests from now on; open ones go on. */
  drain(): void {
    this.#isDraining = true
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  get isReady(): boolean {
    return this.readiness === 'ready'
  }

  get readiness(): 'starting' | 'ready' | 'draining' {
    if (this.#isDraining) return 'draining'
    const isLoading = [...this.backend.models.values()].some(({ state }) => state === 'LOADING')
    return isLoading ? 'starting' : 'ready'
  }

  /** Whether this model exists, loaded or not. */
  knows(name: string, version: string): boolean {
    return this.backend.models.has(name) && (version === '' || version === VERSION)
  }

  isModelReady(name: string, version: string): boolean {
    return !this.#isDraining && this.#entry(name, version).state === 'READY'
  }

  /** The metadata of a model that is ready. */
  metadata(name: string, version: string): ModelMetadata {
    const { metadata, state, reason } = this.#entry(name, version)
    if (state === 'READY') return metadata
    const why = reason === '' ? state.toLowerCase() : reason
    throw new Refusal('model-unavailable', `model '${name}' is not ready: ${why}`)
  }

  /** The statistics of one model, or of all models if the name is empty. */
  modelStatistics(name: string, version: string): [string, ModelStatistics][] {
    const names =
      name === '' ? [...this.backend.models.keys()] : [this.#entry(name, version).metadata.name]
    return names.map((one) => [one, this.statisticsOf(one)])
  }

  index(states: 'all' | 'ready'): IndexEntry[] {
    return [...this.backend.models.values()]
      .filter(({ state }) => states === 'all' || state === 'READY')
      .map(({ metadata, state, reason }) => ({
        name: metadata.name,
        version: VERSION,
        state,
        reason,
      }))
  }

  async load(name: string, parameters: Parameters): Promise<void> {
    try {
      this.#entry(name, '')
      const unknown = [...parameters.keys()][0]
      if (unknown !== undefined)
        throw new Refusal('unsupported', `parameter ${unknown} is not supported`)
      await this.backend.load(name)
    } catch (error) {
      const { reason, message, retryAfterS } = this.explained(error)
      // Programs written for Triton look for these words.
      throw new Refusal(reason, `failed to load '${name}': ${message}`, retryAfterS)
    }
  }

  async unload(name: string): Promise<void> {
    this.#entry(name, '')
    await this.backend.unload(name)
  }

  statisticsOf(model: string): ModelStatistics {
    return getOrMake(this.statistics, model, () => new ModelStatistics())
  }

  /** @throws Refusal if the server takes no new requests */
  checkOpen(): void {
    if (this.#isDraining) throw new Refusal('draining', 'the server is about to end')
  }

  async infer(request: WireRequest, caller: Caller): Promise<WireResponse> {
    const { model, version, id } = request
    const { traceparent } = caller
    const startUs = this.options.nowUs()
    const statistics = this.statisticsOf(this.#entry(model, version).metadata.name)
    try {
      const metadata = this.metadata(model, version)
      const checked = checkInputs(metadata, request)
      const wanted = checkOutputs(metadata, request)
      const placed = withRooms(checked, metadata, wanted)
      const { outputs, times } = await this.backend.infer(placed, schedule(request, caller))
      if (caller.cancellation.isCancelled) throw new Refusal('cancelled', 'the client left')
      const kind = metadata.largestBatch === 0 ? 'single' : 'batched'
      const delivered = wanted.map(({ name, delivery }) => {
        const output = outputs.find((one) => one.name === name)!
        return deliver(output, delivery, kind, metadata.labels?.[name])
      })
      const endUs = this.options.nowUs()
      statistics.answered(Date.now(), checked.rows, endUs - startUs, times)
      this.options.tracer?.record({ traceparent, model, startUs, endUs, times })
      return { model, version: VERSION, id, outputs: delivered }
    } catch (error) {
      const endUs = this.options.nowUs()
      statistics.notAnswered(Date.now(), endUs - startUs)
      const refusal = this.explained(error)
      this.options.tracer?.record({ traceparent, model, startUs, endUs, reason: refusal.reason })
      throw refusal
    }
  }

  /**
   * Turns any error into a refusal. Bad input is the client's fault. Any other error that is not a refusal is a
   * defect, and its details are logged and not sent.
   */
  explained(error: unknown): Refusal {
    if (error instanceof Refusal) return error
    if (error instanceof InputError) return new Refusal('invalid', error.message)
    this.options.log('error', { error: error instanceof Error ? error.stack : String(error) })
    return new Refusal('internal', 'internal error')
  }

  #entry(name: string, version: string): ModelEntry {
    const entry = this.backend.models.get(name)
    if (entry !== undefined && this.knows(name, version)) return entry
    // Programs written for Triton look for these words.
    const asked = version === '' ? `'${name}'` : `'${name}' version ${version}`
    throw new Refusal('not-found', `Request for unknown model: ${asked} is not found`)
  }
}

/** What the schedule-policy extension and the transport say about how to schedule a request. */
function schedule(
  { parameters }: WireRequest,
  { tenant, cancellation, timeoutUs }: Caller,
): InferOptions {
  const priority = countParameter(parameters, 'priority', 'request') ?? 0
  const asked = countParameter(parameters, 'timeout', 'request') || Number.POSITIVE_INFINITY
  const leastUs = Math.min(asked, timeoutUs ?? asked)
  return { tenant, cancellation, priority, ...(Number.isFinite(leastUs) && { timeoutUs: leastUs }) }
}
