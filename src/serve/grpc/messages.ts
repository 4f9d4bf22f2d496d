import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import type { Parameters, ParameterValue } from '../parameters.js'
import { Refusal } from '../refusal.js'

/** @throws Refusal `invalid` if the bytes are not a message of this type */
export function decodeMessage<T extends DescMessage>(type: T, bytes: Uint8Array): MessageShape<T> {
  try {
    return fromBinary(type, bytes)
  } catch (error) {
    throw new Refusal('invalid', `not a ${type.name}: ${(error as Error).message}`)
  }
}

export function encodeMessage<T extends DescMessage>(type: T, value: MessageInitShape<T>): Buffer {
  const { buffer, byteOffset, byteLength } = toBinary(type, create(type, value))
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** A parameter as gRPC carries it: it has a value of one kind, or none at all. */
interface Parameter {
  readonly parameterChoice:
    | { readonly case: string; readonly value: ParameterValue | bigint | Uint8Array }
    | { readonly case: undefined }
}

/** @throws Refusal `invalid` for a parameter without a value, `unsupported` for one of bytes */
export function parametersOf(map: Readonly<Record<string, Parameter>>): Parameters {
  const entries = Object.entries(map).map(([name, { parameterChoice }]) => {
    if (parameterChoice.case === undefined)
      throw new Refusal('invalid', `parameter ${name}: expected a value`)
    const { value } = parameterChoice
    if (value instanceof Uint8Array)
      throw new Refusal('unsupported', `parameter ${name}: bytes are not supported`)
    return [name, typeof value === 'bigint' ? Number(value) : value] as const
  })
  return new Map(entries)
}
