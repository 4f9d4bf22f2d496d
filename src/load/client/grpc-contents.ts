/** Tensors as the typed lists of InferTensorContents. */
import { InputError } from '../../errors.js'
import { MOST_VALUE_BYTES, tooLong } from './client.js'
import { type Datatype, decodeElements, type Element, encodeElements } from './datatypes.js'
import { allOf, varintsOf } from './grpc-fields.js'
import { MessageWriter, readFields } from './protobuf.js'

/**
 * The list of InferTensorContents for each data type. There is none for 16-bit floats, which can
 * only travel raw.
 */
const CONTENTS_FIELD: Readonly<Partial<Record<Datatype, number>>> = {
  BOOL: 1,
  INT8: 2,
  INT16: 2,
  INT32: 2,
  INT64: 3,
  UINT8: 4,
  UINT16: 4,
  UINT32: 4,
  UINT64: 5,
  FP32: 6,
  FP64: 7,
  BYTES: 8,
}

/**
 * Floats are stored in their list as in raw bytes; integers are varints.
 * @throws InputError for a data type without a list
 */
export function encodeContents(datatype: Datatype, data: Uint8Array): MessageWriter {
  const contents = new MessageWriter()
  const field = CONTENTS_FIELD[datatype]
  if (field === undefined) {
    const expected = `raw for a tensor of ${datatype}, which has no typed list in gRPC`
    throw new InputError({ file: '--encoding', expected, found: 'values' })
  }
  if (datatype === 'FP32' || datatype === 'FP64') return contents.bytes(field, data)
  const elements = decodeElements(datatype, data)
  if (datatype !== 'BYTES') return contents.packed(field, elements as (number | bigint)[])
  for (const element of elements) contents.bytes(field, element as Uint8Array)
  return contents
}

/** @throws RangeError for a data type without a list, or too many values */
export function decodeContents(datatype: Datatype, contents: Buffer): Uint8Array {
  const field = CONTENTS_FIELD[datatype]
  if (field === undefined) throw new RangeError(`${datatype} travels as raw bytes only`)
  if (contents.length > MOST_VALUE_BYTES) throw new RangeError(tooLong(MOST_VALUE_BYTES))
  const fields = [...readFields(contents)]
  if (datatype === 'FP32' || datatype === 'FP64') return Buffer.concat(allOf(fields, field))
  if (datatype === 'BYTES') return encodeElements(datatype, allOf(fields, field))
  return encodeElements(datatype, varintsOf(fields, field).map(signed(datatype)))
}

function signed(datatype: Datatype): (value: bigint) => Element {
  return datatype.startsWith('INT') ? (value) => BigInt.asIntN(64, value) : (value) => value
}
