/** Bodies of the HTTP transport: JSON of the protocol, followed by raw tensors (binary tensor data). */
import { z } from 'zod'
import { jsonOrUndefined } from '../../json-or-undefined.js'
import {
  type ClientOptions,
  type InferRequest,
  type InferResponse,
  type InputTensor,
  MOST_INDEXED,
  MOST_TENSORS,
  MOST_VALUE_BYTES,
  type Tensor,
  type TensorMetadata,
  tooLong,
} from './client.js'
import {
  DATATYPES,
  type Datatype,
  decodeElements,
  type Element,
  encodeElements,
} from './datatypes.js'

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

/** Servers leave out what they do not know, or write null for it. */
const text = z
  .string()
  .nullish()
  .transform((one) => one ?? '')

/** Counts items before it looks at them, as each may have an error of its own. */
function arrayOf<T extends z.ZodType>(item: T, most: number) {
  return z.array(z.unknown()).max(most).pipe(z.array(item))
}

function listOf<T extends z.ZodType>(item: T) {
  return arrayOf(item, MOST_TENSORS)
    .nullish()
    .transform((items) => items ?? [])
}

const tensor = z.object({
  name: z.string(),
  // Whoever makes values for the tensor says that it is of an unknown type.
  datatype: z.string().transform((one) => one as Datatype),
  shape: arrayOf(z.int(), MOST_TENSORS),
})

const tensors = listOf(tensor)

const parameters = z
  .record(z.string(), z.union([z.boolean(), z.number(), z.string()]))
  .nullish()
  .transform((one) => one ?? {})

const inferResponseSchema = z.object({
  model_name: text,
  model_version: text,
  id: text,
  parameters,
  outputs: arrayOf(
    tensor.extend({
      datatype: z.enum(DATATYPES),
      parameters,
      data: z.array(z.unknown()).default([]),
    }),
    MOST_TENSORS,
  ),
})

/**
 * @param jsonLength value of that header; undefined if the body is only JSON
 * @throws RangeError for a body that does not contain what it claims
 */
export function decodeInferResponse(body: Buffer, jsonLength = body.length): InferResponse {
  if (!(Number.isInteger(jsonLength) && jsonLength >= 0 && jsonLength <= body.length))
    throw new RangeError(`${JSON_LENGTH_HEADER}: expected up to ${body.length} bytes`)
  if (jsonLength > MOST_VALUE_BYTES) throw new RangeError(tooLong(MOST_VALUE_BYTES))
  const json = checkedJson(body.subarray(0, jsonLength), inferResponseSchema)
  let at = jsonLength
  const outputs = json.outputs.map(({ data, ...tensor }): Tensor => {
    const size = tensor.parameters.binary_data_size
    if (size === undefined) return { ...tensor, data: bytesOfJson(tensor, data) }
    const end = at + Number(size)
    if (!(Number.isInteger(size) && end >= at && end <= body.length))
      throw new RangeError(`output ${tensor.name} has not the ${size} bytes that it should`)
    const raw = body.subarray(at, end)
    at = end
    return { ...tensor, data: raw }
  })
  if (at !== body.length) throw new RangeError(`${body.length - at} bytes belong to no output`)
  const { model_name: model, model_version: version, id, parameters } = json
  return { model, version, id, parameters, outputs }
}

/** Values may be arrays nested according to the shape. */
function bytesOfJson({ name, datatype }: TensorMetadata, data: readonly unknown[]): Uint8Array {
  try {
    const flat = data.flat(Number.POSITIVE_INFINITY)
    return encodeElements(
      datatype,
      flat.map((value) => elementOf(datatype, value)),
    )
  } catch {
    throw new RangeError(`output ${name}: expected values of ${datatype} as data`)
  }
}

/** Null stands for a number that JSON does not have, such as an infinity. */
function elementOf(datatype: Datatype, value: unknown): Element {
  if (typeof value === 'string' && datatype === 'BYTES') return Buffer.from(value)
  if (datatype !== 'BYTES' && ['number', 'boolean'].includes(typeof value)) return value as Element
  if (datatype !== 'BYTES' && value === null) return Number.NaN
  throw new RangeError(`not a value of ${datatype}`)
}

/** The value of a JSON text, if it is as it should be. @throws RangeError that says where it is not */
export function checkedJson<T>(text: Buffer, schema: z.ZodType<T>): T {
  const value = jsonOrUndefined(`${text}`)
  if (value === undefined) throw new RangeError('the answer is not JSON')
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [{ path, message }] = error.issues
  throw new RangeError([...path, message].join(': '))
}

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

export const modelIndexSchema = arrayOf(z.object({ name: z.string() }), MOST_INDEXED)
