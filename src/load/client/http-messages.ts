/** Bodies of the HTTP transport: JSON of the protocol, followed by raw tensors (binary tensor data). */
import type {
  ClientOptions,
  InferRequest,
  InferResponse,
  InputTensor,
  ModelMetadata,
  Parameters,
  ServerMetadata,
  Tensor,
  TensorMetadata,
} from './client.js'
import { decodeElements, type Element, encodeElements } from './datatypes.js'

/** Header with the length of the JSON part of a body, if raw tensors follow it. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length'

export interface EncodedBody {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Encodes a request. `raw` puts tensors behind the JSON and asks for outputs in the same form;
 * `values` uses only JSON.
 */
export function encodeInferRequest(
  request: InferRequest,
  encoding: ClientOptions['encoding'],
): EncodedBody {
  const { id, inputs, outputs } = request
  const isRaw = encoding === 'raw'
  const parameters = { ...(isRaw && { binary_data_output: true }), ...request.parameters }
  const fields = [
    ...(id === undefined ? [] : [`"id":${JSON.stringify(id)}`]),
    ...(Object.keys(parameters).length === 0 ? [] : [`"parameters":${JSON.stringify(parameters)}`]),
    `"inputs":[${inputs.map(isRaw ? rawInput : valueInput).join(',')}]`,
    ...(outputs === undefined ? [] : [`"outputs":${JSON.stringify(outputs)}`]),
  ]
  const json = Buffer.from(`{${fields.join(',')}}`)
  if (!isRaw) return { body: json, headers: { 'content-type': 'application/json' } }
  return {
    body: Buffer.concat([json, ...inputs.flatMap(({ data }) => data ?? [])]),
    headers: {
      'content-type': 'application/octet-stream',
      [JSON_LENGTH_HEADER]: `${json.length}`,
    },
  }
}

function rawInput({ name, shape, datatype, parameters, data }: InputTensor): string {
  const all = data === undefined ? parameters : { ...parameters, binary_data_size: data.length }
  return JSON.stringify({ name, shape, datatype, parameters: all })
}

function valueInput({ name, shape, datatype, parameters, data }: InputTensor): string {
  const json = JSON.stringify({ name, shape, datatype, parameters })
  if (data === undefined) return json
  const head = json.slice(0, -1)
  return `${head},"data":[${decodeElements(datatype, data).map(jsonOf).join(',')}]}`
}

/** Wide integers keep every digit, which `JSON.stringify` cannot do. */
function jsonOf(element: Element): string {
  if (element instanceof Uint8Array) return JSON.stringify(Buffer.from(element).toString())
  return `${element}`
}

interface ResponseJson {
  readonly model_name: string
  readonly model_version?: string
  readonly id?: string
  readonly parameters?: Parameters
  readonly outputs: readonly (TensorMetadata & {
    readonly parameters?: Parameters
    readonly data?: readonly unknown[]
  })[]
}

/**
 * @param jsonLength value of that header; undefined if the body is only JSON
 * @throws SyntaxError or RangeError for a body that does not contain what it claims
 */
export function decodeInferResponse(body: Buffer, jsonLength: number | undefined): InferResponse {
  const json: ResponseJson = JSON.parse(body.subarray(0, jsonLength).toString())
  let at = jsonLength ?? body.length
  const outputs = json.outputs.map(({ data, ...tensor }): Tensor => {
    const size = tensor.parameters?.binary_data_size
    if (typeof size !== 'number') return { ...tensor, data: bytesOfJson(tensor, data ?? []) }
    const raw = body.subarray(at, at + size)
    at += size
    if (raw.length < size)
      throw new RangeError(`output ${tensor.name} ends before its ${size} bytes`)
    return { ...tensor, data: raw }
  })
  if (at !== body.length) throw new RangeError(`${body.length - at} bytes belong to no output`)
  return {
    model: json.model_name,
    version: json.model_version ?? '',
    id: json.id ?? '',
    parameters: json.parameters ?? {},
    outputs,
  }
}

/** Values may be arrays nested according to the shape. */
function bytesOfJson({ datatype }: TensorMetadata, data: readonly unknown[]): Uint8Array {
  const flat = data.flat(Number.POSITIVE_INFINITY) as (number | boolean | string)[]
  return encodeElements(
    datatype,
    flat.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)),
  )
}

/** Model metadata, with the fields that a server may leave out. */
export function decodeModelMetadata(json: Partial<ModelMetadata>): ModelMetadata {
  const { name = '', versions = [], platform = '', inputs = [], outputs = [] } = json
  return { name, versions, platform, inputs, outputs }
}

/** Server metadata, with the fields that a server may leave out. */
export function decodeServerMetadata(json: Partial<ServerMetadata>): ServerMetadata {
  const { name = '', version = '', extensions = [] } = json
  return { name, version, extensions }
}
