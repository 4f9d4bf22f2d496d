import { describe } from '../../errors.js'
import { Refusal } from '../refusal.js'
import type { Datatype } from './datatypes.js'
import { fromBfloat, fromHalf, toBfloat, toHalf } from './half-floats.js'
import { joinElements, splitElements, type TensorHeader } from './tensors.js'

/** A typed array with the values of a tensor as they lie in memory (of little-endian machines). */
type Elements = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array
type Numbers = Elements | Float32Array | Float64Array | BigInt64Array | BigUint64Array

/** How the values of a data type lie in memory, and which JSON values they correspond to. */
interface Codec {
  readonly array: {
    new (length: number): Numbers
    new (buffer: ArrayBufferLike, offset: number, length: number): Numbers
    readonly BYTES_PER_ELEMENT: number
  }
  readonly expected: string
  /** What memory holds for a value; undefined if the type cannot hold the value. */
  encode(value: unknown): number | bigint | undefined
  /** The value for what memory holds. */
  decode(element: number | bigint): unknown
}

const CODECS: Readonly<Record<Exclude<Datatype, 'BYTES'>, Codec>> = {
  BOOL: {
    array: Uint8Array,
    expected: 'true or false',
    encode: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
    decode: (element) => element !== 0,
  },
  UINT8: whole(Uint8Array, 0, 2 ** 8 - 1),
  UINT16: whole(Uint16Array, 0, 2 ** 16 - 1),
  UINT32: whole(Uint32Array, 0, 2 ** 32 - 1),
  UINT64: long(BigUint64Array, 0n, 2n ** 64n - 1n),
  INT8: whole(Int8Array, -(2 ** 7), 2 ** 7 - 1),
  INT16: whole(Int16Array, -(2 ** 15), 2 ** 15 - 1),
  INT32: whole(Int32Array, -(2 ** 31), 2 ** 31 - 1),
  INT64: long(BigInt64Array, -(2n ** 63n), 2n ** 63n - 1n),
  FP16: floating(Uint16Array, 65504, toHalf, fromHalf),
  BF16: floating(Uint16Array, 3.3895313892515355e38, toBfloat, fromBfloat),
  FP32: floating(Float32Array, 3.4028234663852886e38, Math.fround, same),
  FP64: floating(Float64Array, Number.MAX_VALUE, same, same),
}

function whole(array: Codec['array'], least: number, most: number): Codec {
  return {
    array,
    expected: `a whole number from ${least} to ${most}`,
    encode: (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most
        ? (value as number)
        : undefined,
    decode: (element) => element,
  }
}

function long(array: Codec['array'], least: bigint, most: bigint): Codec {
  return {
    array,
    expected: `a whole number from ${least} to ${most}`,
    encode: (value) => {
      if (typeof value !== 'bigint' && !Number.isInteger(value)) return undefined
      const integer = BigInt(value as number | bigint)
      return integer >= least && integer <= most ? integer : undefined
    },
    decode: (element) => element,
  }
}

/**
 * @param most the largest finite value. Whatever rounds to it is taken too, because its shortest decimal
 *   form is often a little larger: 3.4028235e38 for FP32.
 */
function floating(
  array: Codec['array'],
  most: number,
  encode: (value: number) => number,
  decode: (element: number) => number,
): Codec {
  return {
    array,
    expected: `a number of at most ${most}`,
    encode: (value) => {
      const number = typeof value === 'bigint' ? Number(value) : value
      if (typeof number !== 'number') return undefined
      const element = encode(number)
      return Number.isFinite(decode(element)) ? element : undefined
    },
    decode: (element) => decode(element as number),
  }
}

function same(value: number): number {
  return value
}

/**
 * The bytes of a tensor whose values were sent one by one.
 *
 * @param values row-major; numbers (bigints for integers past 2^53), booleans, or
 *   for BYTES strings and byte arrays
 * @throws Refusal `invalid` at the first value that the data type cannot hold
 */
export function bytesOfValues(
  { name, datatype }: TensorHeader,
  values: readonly unknown[],
): Uint8Array {
  if (datatype === 'BYTES') return joinElements(values.map((value) => bytesElement(name, value)))
  const { array, encode, expected } = CODECS[datatype]
  const elements = new array(values.length)
  for (let i = 0; i < values.length; i++) {
    const element = encode(values[i])
    if (element === undefined) throw wrongValue(name, `${expected} for ${datatype}`, values[i])
    elements[i] = element
  }
  return new Uint8Array(elements.buffer)
}

function bytesElement(name: string, value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof Uint8Array) return value
  throw wrongValue(name, 'a string for BYTES', value)
}

function wrongValue(name: string, expected: string, found: unknown): Refusal {
  return new Refusal('invalid', `input '${name}': expected ${expected}, found ${describe(found)}`)
}

/**
 * The values of a tensor, row-major: numbers, bigints for 64-bit integers, booleans, or
 * for BYTES the bytes of each element.
 */
export function valuesOfBytes(datatype: Datatype, data: Uint8Array): unknown[] {
  if (datatype === 'BYTES') return splitElements(data)
  const { array, decode } = CODECS[datatype]
  const size = array.BYTES_PER_ELEMENT
  // `slice` would not copy here, because the slice of a Buffer is a view.
  const aligned = data.byteOffset % size === 0 ? data : new Uint8Array(data)
  const elements = new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / size)
  const values: unknown[] = new Array(elements.length)
  for (let i = 0; i < elements.length; i++) values[i] = decode(elements[i])
  return values
}
