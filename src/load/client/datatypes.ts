/**
 * Tensor data types of the Open Inference Protocol v2, as in the specification: raw tensors are
 * little-endian, row-major and without padding; a BYTES element is a 4-byte length and its bytes.
 * Written from the specification, independently of the server's code, so that each checks the other.
 */

/** A value in a tensor: wide integers are bigints, BYTES elements are bytes. */
export type Element = number | bigint | boolean | Uint8Array

interface Codec {
  readonly bytes: number
  read(view: DataView, at: number): Element
  write(view: DataView, at: number, value: Element): void
}

/** Data types whose elements all have the same size. */
const CODECS = {
  BOOL: {
    bytes: 1,
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, value ? 1 : 0),
  },
  UINT8: numeric(1, 'getUint8', 'setUint8'),
  UINT16: numeric(2, 'getUint16', 'setUint16'),
  UINT32: numeric(4, 'getUint32', 'setUint32'),
  UINT64: wide('getBigUint64', 'setBigUint64'),
  INT8: numeric(1, 'getInt8', 'setInt8'),
  INT16: numeric(2, 'getInt16', 'setInt16'),
  INT32: numeric(4, 'getInt32', 'setInt32'),
  INT64: wide('getBigInt64', 'setBigInt64'),
  FP16: {
    bytes: 2,
    read: (view, at) => floatOfBits(view.getUint16(at, true), HALF),
    write: (view, at, value) => view.setUint16(at, bitsOfFloat(Number(value), HALF), true),
  },
  BF16: {
    bytes: 2,
    read: (view, at) => floatOfBits(view.getUint16(at, true), BRAIN),
    write: (view, at, value) => view.setUint16(at, bitsOfFloat(Number(value), BRAIN), true),
  },
  FP32: numeric(4, 'getFloat32', 'setFloat32'),
  FP64: numeric(8, 'getFloat64', 'setFloat64'),
} satisfies Record<string, Codec>

export type FixedDatatype = keyof typeof CODECS
export type Datatype = FixedDatatype | 'BYTES'

export const DATATYPES: readonly Datatype[] = [...(Object.keys(CODECS) as FixedDatatype[]), 'BYTES']

export function isDatatype(name: string): name is Datatype {
  return (DATATYPES as readonly string[]).includes(name)
}

/** Encodes elements in row-major order as raw tensor bytes. */
export function encodeElements(datatype: Datatype, elements: readonly Element[]): Uint8Array {
  if (datatype === 'BYTES') return encodeByteElements(elements as readonly Uint8Array[])
  const { bytes, write } = CODECS[datatype]
  const raw = new Uint8Array(elements.length * bytes)
  const view = new DataView(raw.buffer)
  elements.forEach((element, i) => {
    write(view, i * bytes, element)
  })
  return raw
}

/** Decodes raw tensor bytes to elements. @throws RangeError if the bytes end within an element */
export function decodeElements(datatype: Datatype, raw: Uint8Array): Element[] {
  if (datatype === 'BYTES') return decodeByteElements(raw)
  const { bytes, read } = CODECS[datatype]
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return Array.from({ length: Math.ceil(raw.length / bytes) }, (_, i) => read(view, i * bytes))
}

function encodeByteElements(elements: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    elements.flatMap((element) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(element.length)
      return [length, element]
    }),
  )
}

function decodeByteElements(raw: Uint8Array): Uint8Array[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const elements: Uint8Array[] = []
  for (let at = 0; at < raw.length; ) {
    const end = at + 4 + view.getUint32(at, true)
    if (end > raw.length) throw new RangeError('a BYTES element reaches past the end of its tensor')
    elements.push(raw.subarray(at + 4, end))
    at = end
  }
  return elements
}

type NumberGetter = 'getUint8' | 'getUint16' | 'getUint32' | 'getInt8' | 'getInt16' | 'getInt32'
type FloatGetter = 'getFloat32' | 'getFloat64'
type NumberSetter = 'setUint8' | 'setUint16' | 'setUint32' | 'setInt8' | 'setInt16' | 'setInt32'
type FloatSetter = 'setFloat32' | 'setFloat64'

function numeric(
  bytes: number,
  get: NumberGetter | FloatGetter,
  set: NumberSetter | FloatSetter,
): Codec {
  return {
    bytes,
    read: (view, at) => view[get](at, true),
    write: (view, at, value) => view[set](at, Number(value), true),
  }
}

function wide(get: 'getBigUint64' | 'getBigInt64', set: 'setBigUint64' | 'setBigInt64'): Codec {
  return {
    bytes: 8,
    read: (view, at) => view[get](at, true),
    write: (view, at, value) => view[set](at, BigInt(value as number | bigint), true),
  }
}

/** A 16-bit floating-point format in the style of IEEE 754: sign, exponent, fraction. */
interface FloatFormat {
  readonly fractionBits: number
  readonly bias: number
}

const HALF: FloatFormat = { fractionBits: 10, bias: 15 }
const BRAIN: FloatFormat = { fractionBits: 7, bias: 127 }

function floatOfBits(bits: number, { fractionBits, bias }: FloatFormat): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits & 0x7fff) >> fractionBits
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits
  if (exponent === 2 * bias + 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias)
  return sign * (1 + fraction) * 2 ** (exponent - bias)
}

/** Rounds to the nearest value of the format, ties to even, and to infinity beyond the largest value. */
function bitsOfFloat(value: number, { fractionBits, bias }: FloatFormat): number {
  const infinity = (2 * bias + 1) << fractionBits
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return infinity | (1 << (fractionBits - 1))
  if (size === Number.POSITIVE_INFINITY) return sign | infinity
  const exponent = Math.max(size === 0 ? 1 - bias : Math.floor(Math.log2(size)), 1 - bias)
  // In units of the last place, subnormal values and a carry into the exponent need no special rule.
  const units = roundToEven(size / 2 ** (exponent - fractionBits))
  return sign | Math.min(infinity, ((exponent + bias - 1) << fractionBits) + units)
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest === 0.5) return below + (below % 2)
  return rest < 0.5 ? below : below + 1
}
