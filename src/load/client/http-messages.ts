/** Bodies of the HTTP transport: JSON of the protocol, followed by raw tensors (binary tensor data). */
import { z } from 'zod'
import type {
  ClientOptions,
  InferRequest,
  InferResponse,
  InputTensor,
  Parameters,
  Tensor,
  TensorMetadata,
} from './client.js'
import { type Datatype, decodeElements, type Element, encodeElements } from './datatypes.js'

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

/** Servers leave out what they do not know, or write null for it. */
const text = z
  .string()
  .nullish()
  .transform((one) => one ?? '')

function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}

const tensors = listOf(
  z.object({
    name: z.string(),
    // Whoever makes values for the tensor says that it is of an unknown type.
    datatype: z.string().transform((one) => one as Datatype),
    shape: z.array(z.int()),
  }),
)

export const modelMetadataSchema = z.object({
  name: text,
  versions: listOf(z.string()),
  platform: text,
  inputs: tensors,
  outputs: tensors,
})

export const serverMetadataSchema = z.object({
  name: text,
  version: text,
  extensions: listOf(z.string()),
})

export const modelIndexSchema = z.array(z.object({ name: z.string() }))
