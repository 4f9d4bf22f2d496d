import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { nowUs } from '../../now.js'
import { expectedUs, type ServedModelPlan } from '../../plan/serving-plan.js'
import type { ModelRequest } from '../../torch/model-request.js'
import { elementBytes } from '../tensors/datatypes.js'
import { assumedSignature } from '../tensors/signatures.js'
import { elementCount, type OutputTensor } from '../tensors/tensors.js'
import type { InferRequest, ModelMetadata, TensorSignature } from './backend.js'
import type { Launch, LaunchDevice, Launched } from './launch-device.js'
import type { SimulatedPower } from './simulated-power.js'

/** A model whose answers are invented. */
export interface SimulatedModel {
  readonly metadata: ModelMetadata
  /** Makes the outputs; if left out, they are zeros. */
  readonly compute?: (request: InferRequest) => readonly OutputTensor[]
}

/** Timers count whole milliseconds. For shorter waits, the device watches the clock. */
const TIMER_STEP_US = 1000

/** Makes launches take as long as the plan expects, in real time, and answers with zeros. */
export class SimulatedDevice implements LaunchDevice {
  readonly #models: ReadonlyMap<string, SimulatedModel>
  readonly #timeUs: (launch: Launch) => number
  readonly meter: SimulatedPower | undefined
  readonly #request: (model: ServedModelPlan) => ModelRequest
  /** Metadata assumed for models that were not passed in, by the model's plan. */
  readonly #assumed = new WeakMap<ServedModelPlan, ModelMetadata>()
  /** By instance, how much longer its launches have taken in total than they should have, µs. */
  readonly #lateUs = new Map<number, number>()

  /**
   * @param models whose metadata or answers differ from what their names suggest; if left out, none
   * @param timeUs how long a launch takes, µs; if left out, as long as the plan says
   * @param power meters the energy of launches; if left out, no energy is reported
   * @param request what a worker process would load for a model; if left out, only its name is known
   */
  constructor(
    models: readonly SimulatedModel[] = [],
    timeUs = plannedUs,
    power?: SimulatedPower,
    request: (model: ServedModelPlan) => ModelRequest = ({ model }) => ({ model }),
  ) {
    this.#models = new Map(models.map((model) => [model.metadata.name, model]))
    this.#timeUs = timeUs
    this.meter = power
    this.#request = request
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async load(model: ServedModelPlan): Promise<ModelMetadata> {
    return this.#models.get(model.name)?.metadata ?? this.#assumedMetadata(model)
  }

  async unload(): Promise<void> {}

  async launch(launch: Launch): Promise<Launched> {
    const computeUs = this.#timeUs(launch)
    if (computeUs > 0) {
      this.meter?.begin(launch, computeUs)
      await this.#pass(launch.instance, computeUs)
      this.meter?.end(launch)
    }
    const known = this.#models.get(launch.model.name)
    const metadata = known?.metadata ?? this.#assumedMetadata(launch.model)
    const compute = known?.compute ?? ((request) => zeros(metadata, request))
    return {
      outputs: launch.requests.map(compute),
      times: { inputUs: 0, computeUs, outputUs: 0 },
    }
  }

  /** Kept for each model of a plan, because every launch asks for it. */
  #assumedMetadata(model: ServedModelPlan): ModelMetadata {
    const known = this.#assumed.get(model)
    if (known !== undefined) return known
    const { name, batches } = model
    const largestBatch = batches[batches.length - 1]
    const signature = assumedSignature(this.#request(model))
    const metadata = { name, platform: 'eclip-sim', largestBatch, ...signature }
    this.#assumed.set(model, metadata)
    return metadata
  }

  /** If a coarse timer makes a launch late, the next launch of the same instance takes that much less. */
  async #pass(instance: number, durationUs: number): Promise<void> {
    const startUs = nowUs()
    const lateUs = this.#lateUs.get(instance) ?? 0
    const waitUs = durationUs - lateUs
    if (waitUs >= TIMER_STEP_US) await sleep(waitUs / 1000)
    else await spin(startUs + waitUs)
    const tookUs = nowUs() - startUs
    const newlyLateUs = lateUs + tookUs - durationUs
    // A launch that is later than one timer step shows that the machine is too busy. The next one must not hide
    // A launch that is later than one timer step shows that the machine is too busy. The next one must not hide it.
    this.#lateUs.set(instance, Math.max(-TIMER_STEP_US, Math.min(TIMER_STEP_US, newlyLateUs)))
  }
}

/** Resolves at this time or soon after, and leaves the event loop free in the meantime. */
async function spin(untilUs: number): Promise<void> {
  do await nextTurn()
  while (nowUs() < untilUs)
}

function plannedUs({ model, batch, running }: Launch): number {
  return expectedUs(model, batch, running)
}

/** Outputs of the right shape that hold only zeros. */
function zeros(metadata: ModelMetadata, request: InferRequest): OutputTensor[] {
  return metadata.outputs.map((signature) => {
    const shape = shapeOf(signature, metadata, request)
    const size = (elementBytes(signature.datatype) ?? 4) * elementCount(shape)
    return { name: signature.name, datatype: signature.datatype, shape, data: zeroBytes(size) }
  })
}

/**
 * The first open dimension is the number of rows; other open dimensions have the size they have in the first input.
 */
function shapeOf(
  { shape }: TensorSignature,
  { largestBatch }: ModelMetadata,
  { rows, inputs }: InferRequest,
): number[] {
  return shape.map((dimension, i) => {
    if (dimension !== -1) return dimension
    return i === 0 && largestBatch > 0 ? rows : (inputs[0].shape[i] ?? 1)
  })
}

let zeroPool = new Uint8Array(64 * 1024)

/** Nobody writes to these zeros, so every output can share them. */
function zeroBytes(size: number): Uint8Array {
  if (size > zeroPool.byteLength) zeroPool = new Uint8Array(2 * size)
  return zeroPool.subarray(0, size)
}
