import { BinaryReader } from '@bufbuild/protobuf/wire'
import { tooLarge } from '../codecs.js'
import { Refusal } from '../refusal.js'

/** The field of an inference request that holds tensors as they are, which are not taken apart. */
const RAW_INPUT_CONTENTS = 7

/** Inputs, outputs, parameters and raw tensors of a request, together. */
const MOST_PARTS = 10_000

/**
 * Makes sure, before an inference request is taken apart, that little enough has to be: empty inputs, at
 * two bytes each, would take a hundred times as much.
 *
 * @param mostBytes of all parts but raw tensors
 * @throws Refusal `too-large`, or `invalid` if the bytes are no message
 */
export function checkParts(message: Uint8Array, mostBytes: number): void {
  const reader = new BinaryReader(message)
  let bytes = 0
  for (let parts = 0; reader.pos < reader.len; parts++) {
    if (parts === MOST_PARTS)
      throw new Refusal('too-large', `the message has more than ${MOST_PARTS} parts`)
    const start = reader.pos
    if (skipField(reader) !== RAW_INPUT_CONTENTS) bytes += reader.pos - start
  }
  if (bytes > mostBytes) throw tooLarge('the message without its raw tensors', mostBytes)
}

/** @returns its number */
function skipField(reader: BinaryReader): number {
  try {
    const [field, type] = reader.tag()
    reader.skip(type, field)
    return field
  } catch (error) {
    throw new Refusal('invalid', `not a ModelInferRequest: ${(error as Error).message}`)
  }
}
