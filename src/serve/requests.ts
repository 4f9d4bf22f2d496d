import type { InferRequest, ModelMetadata, TensorSignature } from './backend/backend.js'
import type { Parameters } from './parameters.js'
import { Refusal } from './refusal.js'
import type { Delivery } from './tensors/delivery.js'
import { checkElements, type Tensor } from './tensors/tensors.js'

/**
 * A request as either transport has read it. Its tensors are sound, but they have not been compared with a model
 * yet.
 */
export interface WireRequest {
  readonly model: string
  /** Empty: any version. */
  readonly version: string
  readonly id: string
  readonly parameters: Parameters
  readonly inputs: readonly Tensor[]
  /** Empty: all outputs, in the way that `defaultDelivery` says. */
  readonly outputs: readonly RequestedOutput[]
  readonly defaultDelivery: Delivery
}

export interface RequestedOutput {
  readonly name: string
  readonly delivery: Delivery
}

/** @throws Refusal `invalid` unless the inputs are exactly those of the model, in shapes that fit */
export function checkInputs(metadata: ModelMetadata, request: WireRequest): InferRequest {
  const byName = new Map(request.inputs.map((input) => [input.name, input]))
  if (byName.size < request.inputs.length) throw twice(request.inputs, 'input')
  const known = new Set(metadata.inputs.map(({ name }) => name))
  const unknown = request.inputs.find(({ name }) => !known.has(name))
  const inputs = metadata.inputs.map((signature) => {
    const input = byName.get(signature.name)
    if (input === undefined) {
      const found = unknown === undefined ? 'nothing' : `'${unknown.name}'`
      throw invalid(metadata, `expected input '${signature.name}', found ${found}`)
    }
    checkFit(metadata, signature, input)
    return input
  })
  if (unknown !== undefined) throw invalid(metadata, `unexpected input '${unknown.name}'`)
  return { model: metadata.name, rows: rowsOf(metadata, inputs), inputs }
}

function checkFit(metadata: ModelMetadata, signature: TensorSignature, input: Tensor): void {
  const { name, datatype, shape } = signature
  if (input.datatype !== datatype)
    throw invalid(metadata, `input '${name}': expected ${datatype}, found ${input.datatype}`)
  const fits =
    input.shape.length === shape.length &&
    shape.every((dimension, i) => dimension === -1 || dimension === input.shape[i])
  if (!fits)
    throw invalid(metadata, `input '${name}': expected shape [${shape}], found [${input.shape}]`)
  if (datatype === 'BYTES') checkElements(input)
}

/** The number of rows, which must be the same for all inputs. */
function rowsOf(metadata: ModelMetadata, inputs: readonly Tensor[]): number {
  if (metadata.largestBatch === 0) return 1
  const rows = inputs[0].shape[0]
  if (rows < 1 || rows > metadata.largestBatch)
    throw invalid(metadata, `expected a batch of 1 to ${metadata.largestBatch}, found ${rows}`)
  const other = inputs.find(({ shape }) => shape[0] !== rows)
  if (other !== undefined)
    throw invalid(metadata, `input '${other.name}': expected a batch of ${rows} like the others`)
  return rows
}

/** @throws Refusal `invalid` unless the model has the requested outputs and none is requested twice */
export function checkOutputs(metadata: ModelMetadata, request: WireRequest): RequestedOutput[] {
  if (request.outputs.length === 0) {
    const delivery = request.defaultDelivery
    return metadata.outputs.map(({ name }) => ({ name, delivery }))
  }
  const known = new Set(metadata.outputs.map(({ name }) => name))
  const unknown = request.outputs.find(({ name }) => !known.has(name))
  if (unknown !== undefined) throw invalid(metadata, `unexpected output '${unknown.name}'`)
  if (new Set(request.outputs.map(({ name }) => name)).size < request.outputs.length)
    throw twice(request.outputs, 'output')
  return [...request.outputs]
}

/** The request, with the shared memory that will receive its outputs. */
export function withRooms(
  request: InferRequest,
  { outputs }: ModelMetadata,
  wanted: readonly RequestedOutput[],
): InferRequest {
  if (wanted.every(({ delivery }) => delivery.region === undefined)) return request
  const { model, rows, inputs } = request
  const rooms = outputs.map(({ name }) => wanted.find((one) => one.name === name)?.delivery.region)
  return { model, rows, inputs, rooms }
}

function twice(items: readonly { readonly name: string }[], kind: string): Refusal {
  const seen = new Set<string>()
  const again = items.find(({ name }) => seen.has(name) || !seen.add(name))
  return new Refusal('invalid', `${kind} '${again?.name}' is there twice`)
}

function invalid(metadata: ModelMetadata, message: string): Refusal {
  return new Refusal('invalid', `model '${metadata.name}': ${message}`)
}
