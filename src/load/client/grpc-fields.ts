/** Reads the fields of a message by their numbers. */
import { type Field, readPacked } from './protobuf.js'

export function allOf(fields: readonly Field[], number: number): Buffer[] {
  return fields.filter((field) => field.number === number).map(({ bytes }) => bytes)
}

export function texts(fields: readonly Field[], number: number): string[] {
  return allOf(fields, number).map(String)
}

/** If a message contains a field more than once, the last one counts. */
export function lastText(fields: readonly Field[], number: number): string {
  return texts(fields, number).at(-1) ?? ''
}

/** A repeated field of varints, packed or not. */
export function varintsOf(fields: readonly Field[], number: number): bigint[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap(({ varint, bytes }) => (bytes.length > 0 ? readPacked(bytes) : [varint]))
}
