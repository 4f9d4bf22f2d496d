/** Bytes of one element of each data type of the protocol. Elements of BYTES carry their own length. */
const ELEMENT_BYTES = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: undefined,
} as const

/** A data type of the Open Inference Protocol. */
export type Datatype = keyof typeof ELEMENT_BYTES

export const DATATYPES = Object.keys(ELEMENT_BYTES) as readonly Datatype[]

export function isDatatype(text: string): text is Datatype {
  return Object.hasOwn(ELEMENT_BYTES, text)
}

/** Bytes of one element, or undefined for BYTES. */
export function elementBytes(datatype: Datatype): number | undefined {
  return ELEMENT_BYTES[datatype]
}
