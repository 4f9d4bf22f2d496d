import { Refusal } from '../refusal.js'
import type { WireRequest } from '../requests.js'
import { AS_BINARY, heldRegion, readDelivery } from '../tensors/delivery.js'
import type { RegionLease } from '../tensors/shared-memory.js'
import { PlainBytes, type TensorBytes } from '../tensors/tensor-bytes.js'
import { readHeader, type Tensor, type TensorHeader, tensorOf } from '../tensors/tensors.js'
import { bytesOfContents } from './contents.js'
import type { ModelInferRequest, ModelInferRequest_InferInputTensor } from './inference_pb.js'
import { parametersOf } from './messages.js'

/** Reads an inference request from its message. @throws Refusal */
export function readInferRequest(message: ModelInferRequest, lease: RegionLease): WireRequest {
  const raw = new RawContents(message)
  const inputs = message.inputs.map((input) => readInput(input, raw, lease))
  raw.expectEnd()
  const outputs = message.outputs.map(({ name, parameters }) => ({
    name,
    delivery: inBytes(readDelivery(parametersOf(parameters), AS_BINARY, name, lease)),
  }))
  return {
    model: message.modelName,
    version: message.modelVersion,
    id: message.id,
    parameters: parametersOf(message.parameters),
    inputs,
    outputs,
    defaultDelivery: AS_BINARY,
  }
}

/** Outputs always travel as raw bytes here. The choice that `binary_data` offers exists only over HTTP. */
function inBytes<T extends { readonly form: string }>(delivery: T): T {
  return delivery.form === 'json' ? { ...delivery, form: 'binary' } : delivery
}

/** The raw contents: one entry for each input that is not in shared memory. */
class RawContents {
  readonly #contents: readonly Uint8Array[]
  readonly #model: string
  #next = 0

  constructor({ rawInputContents, modelName }: ModelInferRequest) {
    this.#contents = rawInputContents
    this.#model = modelName
  }

  /** @throws Refusal if there are raw contents, which may not be mixed with typed contents */
  expectNone(input: string): void {
    if (this.#contents.length === 0) return
    // Programs written for Triton look for these words.
    throw new Refusal(
      'invalid',
      `contents field must not be specified when using raw_input_contents for '${input}' for model '${this.#model}'`,
    )
  }

  take(name: string): Uint8Array {
    const contents = this.#contents[this.#next++]
    if (contents === undefined)
      throw new Refusal('invalid', `input '${name}': expected its raw_input_contents`)
    return contents
  }

  expectEnd(): void {
    const left = this.#contents.length - this.#next
    if (left > 0) throw new Refusal('invalid', `${left} raw_input_contents belong to no input`)
  }
}

function readInput(
  input: ModelInferRequest_InferInputTensor,
  raw: RawContents,
  lease: RegionLease,
): Tensor {
  const { name, datatype, shape } = input
  const header = readHeader(name, datatype, shape.map(Number))
  return tensorOf(header, readBytes(input, header, raw, lease))
}

function readBytes(
  { name, contents, parameters }: ModelInferRequest_InferInputTensor,
  header: TensorHeader,
  raw: RawContents,
  lease: RegionLease,
): TensorBytes {
  const owner = `input '${name}'`
  const region = heldRegion(parametersOf(parameters), owner, lease)
  if (contents === undefined) return region ?? new PlainBytes(raw.take(name))
  raw.expectNone(name)
  if (region === undefined) return new PlainBytes(bytesOfContents(header, contents))
  throw new Refusal('invalid', `${owner}: expected contents or shared memory, found both`)
}
