import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { Refusal } from '../refusal.js'
import { tooLarge } from '../tensors/codecs.js'

/** Fields of an inference request: inputs, which are parsed, and tensors as raw bytes, which are not. */
const INPUTS = 5
const RAW_INPUT_CONTENTS = 7

/** Fields of an input. */
const SHAPE = 3
const CONTENTS = 5

/** Fields of contents whose packed values take one or more bytes each, so that they have to be counted. */
const OF_VARINTS = new Set([1, 2, 3, 4, 5])

/**
 * The most that a request may consist of. The server does nothing else while it parses a message, and this much
 * takes half a second on a slow processor.
 */
const MOST = {
  /** Inputs and the fields that describe them, dimensions, outputs, parameters and raw tensors. */
  parts: 10_000,
  /** Strings in contents, and values that are not packed. */
  elements: 2 ** 18,
  'packed values': 2 ** 21,
} as const

/**
 * Checks, before an inference request is parsed, that it does not have too many parts: parsing a message full of
 * empty inputs, at two bytes each, would take a hundred times as much memory as the message.
 *
 * @param mostBytes of all parts but raw tensors
 * @throws Refusal `too-large`, or `invalid` if the bytes are not a message
 */
export function checkMessageLimits(message: Uint8Array, mostBytes: number): void {
  const found = { parts: 0, elements: 0, 'packed values': 0 }
  const count = (what: keyof typeof MOST, more: number): void => {
    found[what] += more
    if (found[what] > MOST[what])
      throw new Refusal('too-large', `the message has more than ${MOST[what]} ${what}`)
  }
  let bytes = 0
  for (const { field, size, body } of fieldsOf(message)) {
    count('parts', 1)
    if (field !== RAW_INPUT_CONTENTS) bytes += size
    if (field !== INPUTS) continue
    for (const part of fieldsOf(body)) {
      count('parts', part.field === SHAPE ? Math.max(1, varints(part.body)) : 1)
      if (part.field !== CONTENTS) continue
      for (const element of fieldsOf(part.body)) {
        count('elements', 1)
        if (OF_VARINTS.has(element.field)) count('packed values', varints(element.body))
      }
    }
  }
  if (bytes > mostBytes) throw tooLarge('the message without its raw tensors', mostBytes)
}

interface Field {
  readonly field: number
  /** The length of the field in bytes, with its number. */
  readonly size: number
  /** The content of the field; empty if it is a single number. */
  readonly body: Uint8Array
}

const NOTHING = new Uint8Array()

function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) yield nextField(reader)
}

function nextField(reader: BinaryReader): Field {
  const start = reader.pos
  try {
    const [field, type] = reader.tag()
    let body: Uint8Array = NOTHING
    if (type === WireType.LengthDelimited) body = reader.bytes()
    else reader.skip(type, field)
    return { field, body, size: reader.pos - start }
  } catch (error) {
    throw new Refusal('invalid', `not a ModelInferRequest: ${(error as Error).message}`)
  }
}

/** Counts the packed numbers, whatever their lengths: only the last byte of each is below 128. */
function varints(packed: Uint8Array): number {
  let count = 0
  for (let i = 0; i < packed.length; i++) if (packed[i] < 128) count++
  return count
}
