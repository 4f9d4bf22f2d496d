/** Protocol-buffer messages written by hand from the specification of the encoding. */

/** A field of a message on the wire. */
export type Field = Uint8Array

function varint(value: bigint): number[] {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, value)
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
  bytes.push(Number(left))
  return bytes
}

export function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields)
}

/** A field of any integer or boolean type. */
export function integer(number: number, value: bigint | number | boolean): Field {
  return Uint8Array.from([...varint(BigInt(number << 3)), ...varint(BigInt(value))])
}

/** A string, bytes, a message, or packed numbers. */
export function bytes(number: number, value: string | Uint8Array | readonly number[]): Field {
  const content = typeof value === 'string' ? Buffer.from(value) : Uint8Array.from(value)
  const head = [...varint(BigInt((number << 3) | 2)), ...varint(BigInt(content.byteLength))]
  const field = new Uint8Array(head.length + content.byteLength)
  field.set(head)
  field.set(content, head.length)
  return field
}

/** Repeated integers or booleans. */
export function packed(number: number, values: readonly (bigint | number | boolean)[]): Field {
  return bytes(
    number,
    values.flatMap((value) => varint(BigInt(value))),
  )
}

/** An entry of a map from strings to messages. */
export function entry(number: number, key: string, value: Uint8Array): Field {
  return bytes(number, message(bytes(1, key), bytes(2, value)))
}

/** A message read from the wire: for each field number its values, in order. */
export class Decoded {
  readonly #values = new Map<number, (bigint | Uint8Array)[]>()

  constructor(content: Uint8Array) {
    let at = 0
    const readVarint = (): bigint => {
      let value = 0n
      for (let shift = 0n; ; shift += 7n) {
        const byte = content[at++]
        value |= BigInt(byte & 127) << shift
        if (byte < 128) return value
      }
    }
    while (at < content.byteLength) {
      const tag = Number(readVarint())
      const values = this.#values.get(tag >> 3) ?? []
      this.#values.set(tag >> 3, values)
      if ((tag & 7) === 0) values.push(readVarint())
      else if ((tag & 7) === 2) {
        const length = Number(readVarint())
        values.push(content.slice(at, at + length))
        at += length
      } else throw new Error(`wire type ${tag & 7}`)
    }
  }

  /** An integer; zero if the field is left out, as the encoding prescribes. */
  integer(number: number): number {
    return Number(this.#values.get(number)?.at(-1) ?? 0n)
  }

  all(number: number): Uint8Array[] {
    return (this.#values.get(number) ?? []) as Uint8Array[]
  }

  text(number: number): string {
    return Buffer.from(this.all(number).at(-1) ?? []).toString()
  }

  texts(number: number): string[] {
    return this.all(number).map((one) => Buffer.from(one).toString())
  }

  messages(number: number): Decoded[] {
    return this.all(number).map((one) => new Decoded(one))
  }

  /** Repeated integers, packed. */
  integers(number: number): number[] {
    const values: number[] = []
    for (const one of this.all(number)) {
      let value = 0n
      let shift = 0n
      for (const byte of one) {
        value |= BigInt(byte & 127) << shift
        shift += 7n
        if (byte > 127) continue
        values.push(Number(BigInt.asIntN(64, value)))
        value = 0n
        shift = 0n
      }
    }
    return values
  }
}
