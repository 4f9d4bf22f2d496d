import { describe } from '../../errors.js'
import { isRecord } from '../../is-object.js'
import type { ModelMetadata } from '../backend/backend.js'
import {
  countParameter,
  flagParameter,
  NO_PARAMETERS,
  type Parameters,
  type ParameterValue,
} from '../parameters.js'
import { invalid } from '../refusal.js'
import type { RequestedOutput, WireRequest } from '../requests.js'
import { elementBytes } from '../tensors/datatypes.js'
import { AS_BINARY, AS_JSON, type Delivery, heldRegion, readDelivery } from '../tensors/delivery.js'
import type { RegionLease } from '../tensors/shared-memory.js'
import { type PiecedBytes, PlainBytes, type TensorBytes } from '../tensors/tensor-bytes.js'
import {
  elementCount,
  joinElements,
  readHeader,
  type Tensor,
  type TensorHeader,
  tensorOf,
} from '../tensors/tensors.js'
import { parseJson, textOfJson } from './json.js'
import { bytesOfJson } from './json-tensors.js'

type JsonObject = Readonly<Record<string, unknown>>

/** The model and the version in the URL of a request. */
export interface Target {
  readonly model: string
  /** Empty: any. */
  readonly version: string
}

/**
 * Reads an inference request from its body: JSON, then the binary tensors that the JSON announces.
 *
 * @param jsonLength bytes of JSON
 * @throws Refusal
 */
export function readInferRequest(
  target: Target,
  body: PiecedBytes,
  jsonLength: number,
  lease: RegionLease,
): WireRequest {
  if (jsonLength > body.byteLength)
    throw invalid(`the body has ${body.byteLength} bytes, fewer than its header of ${jsonLength}`)
  const text = textOfJson(body.slice(0, jsonLength).contiguous())
  const json = objectOf(parseJson(text), 'the body')
  const parameters = readParameters(json.parameters, 'request')
  const asBinary = flagParameter(parameters, 'binary_data_output', 'request') ?? false
  const defaultDelivery = asBinary ? AS_BINARY : AS_JSON
  const binary = new BinaryTail(body, jsonLength)
  const inputs = listOf(json.inputs, 'inputs').map((input) => readInput(input, binary, lease))
  binary.expectEnd()
  const outputs = listOf(json.outputs ?? [], 'outputs').map((output) =>
    readOutput(output, defaultDelivery, lease),
  )
  const id = isAbsent(json.id) ? '' : textOf(json.id, 'id')
  // The spread comes last because V8 takes as long to add a property after a spread as thirty before it.
  return { id, parameters, inputs, outputs, defaultDelivery, ...target }
}

/** The tensors after the JSON, in the order in which the inputs announce them. */
class BinaryTail {
  readonly #body: PiecedBytes
  #at: number

  constructor(body: PiecedBytes, start: number) {
    this.#body = body
    this.#at = start
  }

  take(name: string, size: number): PiecedBytes {
    const left = this.#body.byteLength - this.#at
    if (size > left)
      throw invalid(`input '${name}': expected ${size} bytes of binary data, found ${left}`)
    this.#at += size
    return this.#body.slice(this.#at - size, this.#at)
  }

  expectEnd(): void {
    const left = this.#body.byteLength - this.#at
    if (left > 0) throw invalid(`${left} bytes of binary data belong to no input`)
  }
}

function readInput(value: unknown, binary: BinaryTail, lease: RegionLease): Tensor {
  const input = objectOf(value, 'an input')
  const name = textOf(input.name, 'the name of an input')
  const datatype = textOf(input.datatype, `input '${name}': datatype`)
  const shape = listOf(input.shape, `input '${name}': shape`)
  const header = readHeader(name, datatype, shape as number[])
  return tensorOf(header, readBytes(input, header, binary, lease))
}

function readBytes(
  input: JsonObject,
  header: TensorHeader,
  binary: BinaryTail,
  lease: RegionLease,
): TensorBytes {
  const owner = `input '${header.name}'`
  const parameters = readParameters(input.parameters, owner)
  const size = countParameter(parameters, 'binary_data_size', owner)
  const region = heldRegion(parameters, owner, lease)
  const places = [input.data, size, region].filter((place) => !isAbsent(place)).length
  if (places !== 1)
    throw invalid(
      `${owner}: expected one of data, binary_data_size and shared memory, found ${places === 0 ? 'none' : 'several'}`,
    )
  if (region !== undefined) return region
  if (size !== undefined) return binary.take(header.name, size)
  return new PlainBytes(bytesOfJson(header, input.data))
}

function readOutput(value: unknown, fallback: Delivery, lease: RegionLease): RequestedOutput {
  const output = objectOf(value, 'an output')
  const name = textOf(output.name, 'the name of an output')
  const parameters = readParameters(output.parameters, `output '${name}'`)
  return { name, delivery: readDelivery(parameters, fallback, name, lease) }
}

/**
 * Reads a request without JSON: the body is the data of the only input, and the shape follows from its size.
 * @throws Refusal `invalid` if the model's metadata does not settle the shape
 */
export function readRawRequest(
  target: Target,
  body: PiecedBytes,
  metadata: ModelMetadata,
): WireRequest {
  if (metadata.inputs.length !== 1)
    throw invalid(`a raw request needs a model of 1 input, this one has ${metadata.inputs.length}`)
  const { name, datatype, shape: declared } = metadata.inputs[0]
  const size = elementBytes(datatype)
  const shape = metadata.largestBatch > 0 ? [1, ...declared.slice(1)] : [...declared]
  const open = shape.flatMap((dimension, i) => (dimension === -1 ? [i] : []))
  if (size === undefined) return rawElement(target, name, shape, body)
  if (open.length > 1)
    throw invalid(`a raw request needs an input of at most 1 open dimension, found [${declared}]`)
  const known = elementCount(shape.filter((dimension) => dimension !== -1)) * size
  for (const i of open) shape[i] = Math.floor(body.byteLength / known)
  return rawRequest(target, tensorOf({ name, datatype, shape }, body))
}

/** The body as the only element of a BYTES tensor, although no length precedes it. */
function rawElement(
  target: Target,
  name: string,
  shape: readonly number[],
  body: PiecedBytes,
): WireRequest {
  if (elementCount(shape) !== 1)
    throw invalid(`a raw request of BYTES needs an input of 1 element, found [${shape}]`)
  const bytes = new PlainBytes(joinElements([body.contiguous()]))
  return rawRequest(target, { name, datatype: 'BYTES', shape, bytes })
}

function rawRequest(target: Target, input: Tensor): WireRequest {
  return {
    id: '',
    parameters: NO_PARAMETERS,
    inputs: [input],
    outputs: [],
    defaultDelivery: AS_BINARY,
    ...target,
  }
}

/** The parameters of a request, an input or an output. @throws Refusal `invalid` */
export function readParameters(value: unknown, owner: string): Parameters {
  if (isAbsent(value)) return NO_PARAMETERS
  const parameters = new Map<string, ParameterValue>()
  for (const [name, parsed] of Object.entries(objectOf(value, `${owner}: parameters`))) {
    // Past 2^53, `parseJson` makes bigints in a request that has 64-bit integer tensors.
    const one = typeof parsed === 'bigint' ? Number(parsed) : parsed
    if (typeof one !== 'boolean' && typeof one !== 'number' && typeof one !== 'string')
      throw invalid(
        `${owner}: parameter ${name}: expected a string, number or boolean, found ${describe(one)}`,
      )
    parameters.set(name, one)
  }
  return parameters
}

/** Some clients write null for a value that they leave out. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function objectOf(value: unknown, what: string): JsonObject {
  if (isRecord(value)) return value as JsonObject
  throw invalid(`expected ${what} to be an object, found ${describe(value)}`)
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw invalid(`expected ${what} to be an array, found ${describe(value)}`)
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw invalid(`expected ${what} to be a string, found ${describe(value)}`)
}
