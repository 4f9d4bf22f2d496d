import { Refusal } from '../refusal.js'
import type { Datatype } from '../tensors/datatypes.js'
import { elementCount, type TensorHeader } from '../tensors/tensors.js'
import { bytesOfValues } from '../tensors/values.js'
import type { InferTensorContents } from './inference_pb.js'

/**
 * The field that holds the values of each data type. Half-precision floats have none: they travel only as raw
 * bytes.
 */
const FIELDS = {
  BOOL: 'boolContents',
  UINT8: 'uintContents',
  UINT16: 'uintContents',
  UINT32: 'uintContents',
  UINT64: 'uint64Contents',
  INT8: 'intContents',
  INT16: 'intContents',
  INT32: 'intContents',
  INT64: 'int64Contents',
  FP16: undefined,
  BF16: undefined,
  FP32: 'fp32Contents',
  FP64: 'fp64Contents',
  BYTES: 'bytesContents',
} as const satisfies Record<Datatype, keyof InferTensorContents | undefined>

/**
 * The bytes of a tensor that was sent as typed contents.
 * @throws Refusal `invalid`
 */
export function bytesOfContents(header: TensorHeader, contents: InferTensorContents): Uint8Array {
  const { name, datatype, shape } = header
  const field = FIELDS[datatype]
  if (field === undefined)
    throw new Refusal('invalid', `input '${name}': ${datatype} goes in raw_input_contents only`)
  const values = contents[field]
  const count = elementCount(shape)
  if (values.length !== count)
    throw new Refusal(
      'invalid',
      `input '${name}': expected ${count} elements of ${datatype} for shape [${shape}], found ${values.length}`,
    )
  // Unlike JSON, typed contents can hold infinities and NaN.
  if (datatype === 'FP32') return new Uint8Array(Float32Array.from(contents.fp32Contents).buffer)
  if (datatype === 'FP64') return new Uint8Array(Float64Array.from(contents.fp64Contents).buffer)
  return bytesOfValues(header, values)
}
