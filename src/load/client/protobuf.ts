/** The part of the Protocol Buffers wire format that the messages of the protocol need. */

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/** Collects the fields of one message. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = []

  /** An int64, uint64 or bool field. Negative values take ten bytes, as the format requires. */
  varint(field: number, value: number | bigint | boolean): this {
    this.#parts.push(varint((field << 3) | VARINT), varint(value))
    return this
  }

  /** A bytes, string or message field. */
  bytes(field: number, value: Uint8Array | string | MessageWriter): this {
    const content = contentOf(value)
    this.#parts.push(varint((field << 3) | LENGTH), varint(content.length), content)
    return this
  }

  double(field: number, value: number): this {
    const content = Buffer.alloc(8)
    content.writeDoubleLE(value)
    this.#parts.push(varint((field << 3) | FIXED64), content)
    return this
  }

  /** A repeated field of numbers, packed. */
  packed(field: number, values: readonly (number | bigint | boolean)[]): this {
    return this.bytes(field, Buffer.concat(values.map(varint)))
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

function contentOf(value: Uint8Array | string | MessageWriter): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value)
  return value instanceof MessageWriter ? value.finish() : value
}

function varint(value: number | bigint | boolean): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Uint8Array.of(...bytes, Number(rest))
}

/** A field after reading: a varint, or the bytes of anything else. */
export interface Field {
  readonly number: number
  /** 0 unless the field is a varint. */
  readonly varint: bigint
  /** Empty if the field is a varint. */
  readonly bytes: Buffer
}

const NO_BYTES = Buffer.alloc(0)

/** Each field takes a hundred times the memory of the two bytes that it may have in a message. */
const MOST_FIELDS = 2 ** 20

/** The fields of a message, in order. @throws RangeError for a message that is cut short, or has too many of them */
export function* readFields(message: Uint8Array): Generator<Field> {
  const reader = new WireReader(message)
  for (let count = 1; !reader.atEnd; count++) {
    if (count > MOST_FIELDS) throw new RangeError(`a message has more than ${MOST_FIELDS} fields`)
    const tag = Number(reader.varint())
    const number = tag >>> 3
    const wireType = tag & 7
    if (wireType === VARINT) yield { number, varint: reader.varint(), bytes: NO_BYTES }
    else yield { number, varint: 0n, bytes: reader.take(lengthOf(wireType, reader)) }
  }
}

/** The varints of a packed field. */
export function readPacked(bytes: Uint8Array): bigint[] {
  const reader = new WireReader(bytes)
  const values: bigint[] = []
  while (!reader.atEnd) values.push(reader.varint())
  return values
}

function lengthOf(wireType: number, reader: WireReader): number {
  if (wireType === LENGTH) return Number(reader.varint())
  if (wireType === FIXED64) return 8
  if (wireType === FIXED32) return 4
  throw new RangeError(`unknown wire type ${wireType}`)
}

class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0]
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new RangeError('a varint is longer than ten bytes')
  }

  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('a message is cut short')
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }
}
