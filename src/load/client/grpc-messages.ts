/** Messages of `inference.GRPCInferenceService`, with the names and field numbers as published. */
import {
  type ClientOptions,
  type InferRequest,
  type InferResponse,
  MOST_TENSORS,
  type ModelMetadata,
  type Parameters,
  type ServerMetadata,
  type SharedMemoryRegion,
  type Tensor,
  type TensorMetadata,
} from './client.js'
import type { Datatype } from './datatypes.js'
import { decodeContents, encodeContents } from './grpc-contents.js'
import { allOf, lastText, texts, varintsOf } from './grpc-fields.js'
import { type Field, MessageWriter, readFields } from './protobuf.js'

/** The request of ModelMetadata. */
export function encodeModelName(model: string, version = ''): Buffer {
  return new MessageWriter().bytes(1, model).bytes(2, version).finish()
}

export function decodeServerMetadata(message: Buffer): ServerMetadata {
  const fields = [...readFields(message)]
  return {
    name: lastText(fields, 1),
    version: lastText(fields, 2),
    extensions: texts(fields, 3),
  }
}

export function decodeModelMetadata(message: Buffer): ModelMetadata {
  const fields = [...readFields(message)]
  return {
    name: lastText(fields, 1),
    versions: texts(fields, 2),
    platform: lastText(fields, 3),
    inputs: tensorsOf(fields, 4).map(decodeTensorMetadata),
    outputs: tensorsOf(fields, 5).map(decodeTensorMetadata),
  }
}

/** A RepositoryIndexRequest for the models that are ready. */
export function encodeReadyIndex(): Buffer {
  return new MessageWriter().varint(2, true).finish()
}

/** The names in a RepositoryIndexResponse. */
export function decodeIndexNames(message: Buffer): string[] {
  return allOf([...readFields(message)], 1).map((model) => lastText([...readFields(model)], 1))
}

/** A SystemSharedMemoryRegisterRequest. */
export function encodeRegion({ name, key, offset, byteSize }: SharedMemoryRegion): Buffer {
  const message = new MessageWriter().bytes(1, name).bytes(2, key)
  return message.varint(3, offset).varint(4, byteSize).finish()
}

/** A SystemSharedMemoryUnregisterRequest. */
export function encodeRegionName(name: string): Buffer {
  return new MessageWriter().bytes(1, name).finish()
}

export function encodeInferRequest(
  { model, version = '', id = '', parameters = {}, inputs, outputs = [] }: InferRequest,
  encoding: ClientOptions['encoding'],
): Buffer {
  const message = new MessageWriter().bytes(1, model).bytes(2, version).bytes(3, id)
  writeParameters(message, 4, parameters)
  for (const input of inputs) {
    const { name, datatype, shape, parameters = {}, data } = input
    const tensor = new MessageWriter().bytes(1, name).bytes(2, datatype).packed(3, shape)
    writeParameters(tensor, 4, parameters)
    if (encoding === 'values' && data !== undefined) tensor.bytes(5, encodeContents(datatype, data))
    message.bytes(5, tensor)
  }
  for (const { name, parameters = {} } of outputs) {
    const output = new MessageWriter().bytes(1, name)
    writeParameters(output, 2, parameters)
    message.bytes(6, output)
  }
  if (encoding === 'raw') {
    for (const { data } of inputs) if (data !== undefined) message.bytes(7, data)
  }
  return message.finish()
}

/** @throws RangeError for a message that is cut short, or for outputs without their bytes */
export function decodeInferResponse(message: Buffer): InferResponse {
  const fields = [...readFields(message)]
  const raws = allOf(fields, 6)
  return {
    model: lastText(fields, 1),
    version: lastText(fields, 2),
    id: lastText(fields, 3),
    parameters: decodeParameters(allOf(fields, 4)),
    outputs: tensorsOf(fields, 5).map((output, i) => decodeOutput(output, raws[i])),
  }
}

function decodeOutput(message: Buffer, raw: Buffer | undefined): Tensor {
  const fields = [...readFields(message)]
  const metadata = decodeTensorMetadata(message)
  const contents = allOf(fields, 5).at(-1)
  const data =
    contents !== undefined && contents.length > 0
      ? decodeContents(metadata.datatype, contents)
      : raw
  if (data === undefined) throw new RangeError(`output ${metadata.name} has no contents`)
  return { ...metadata, parameters: decodeParameters(allOf(fields, 4)), data }
}

/** @throws RangeError if there are too many */
function tensorsOf(fields: readonly Field[], number: number): Buffer[] {
  const tensors = allOf(fields, number)
  if (tensors.length > MOST_TENSORS)
    throw new RangeError(`expected at most ${MOST_TENSORS} tensors, found ${tensors.length}`)
  return tensors
}

function decodeTensorMetadata(message: Buffer): TensorMetadata {
  const fields = [...readFields(message)]
  const dimensions = varintsOf(fields, 3)
  if (dimensions.length > MOST_TENSORS)
    throw new RangeError(`expected at most ${MOST_TENSORS} dimensions, found ${dimensions.length}`)
  return {
    name: lastText(fields, 1),
    datatype: lastText(fields, 2) as Datatype,
    shape: dimensions.map((dimension) => Number(BigInt.asIntN(64, dimension))),
  }
}

/** The field numbers of InferParameter's choices. */
const BOOL_PARAMETER = 1
const INT64_PARAMETER = 2
const STRING_PARAMETER = 3
const DOUBLE_PARAMETER = 4
const UINT64_PARAMETER = 5

/** A map field is a repeated message of key (1) and value (2). */
function writeParameters(message: MessageWriter, field: number, parameters: Parameters): void {
  for (const [name, value] of Object.entries(parameters)) {
    const parameter = new MessageWriter()
    if (typeof value === 'boolean') parameter.varint(BOOL_PARAMETER, value)
    else if (typeof value === 'string') parameter.bytes(STRING_PARAMETER, value)
    else if (Number.isInteger(value)) parameter.varint(INT64_PARAMETER, value)
    else parameter.double(DOUBLE_PARAMETER, value)
    message.bytes(field, new MessageWriter().bytes(1, name).bytes(2, parameter))
  }
}

function decodeParameters(entries: readonly Buffer[]): Parameters {
  return Object.fromEntries(
    entries.map((entry) => {
      const fields = [...readFields(entry)]
      const name = lastText(fields, 1)
      const [choice] = readFields(allOf(fields, 2)[0] ?? Buffer.alloc(0))
      if (choice === undefined) throw new RangeError(`parameter ${name} has no value`)
      return [name, parameterValue(choice)]
    }),
  )
}

function parameterValue({ number, varint, bytes }: Field): boolean | number | string {
  if (number === BOOL_PARAMETER) return varint === 1n
  if (number === STRING_PARAMETER) return bytes.toString()
  if (number === DOUBLE_PARAMETER) return bytes.readDoubleLE()
  return Number(number === UINT64_PARAMETER ? varint : BigInt.asIntN(64, varint))
}
