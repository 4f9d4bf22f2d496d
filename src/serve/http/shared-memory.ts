import { describe } from '../../errors.js'
import { Refusal } from '../refusal.js'
import { answerJson, answerShort } from './answer.js'
import type { Call } from './call.js'
import { readJsonBody } from './json-body.js'

export function status(call: Call): void {
  const regions = call.context.service.memory.status(call.named.region)
  const entries = regions.map(({ name, key, offset, byteSize }) => ({
    name,
    key,
    offset,
    byte_size: byteSize,
  }))
  answerJson(call, 200, entries)
}

export async function register(call: Call): Promise<void> {
  const { key, offset = 0, byte_size: byteSize } = await readJsonBody(call)
  if (typeof key !== 'string')
    throw new Refusal('invalid', `key: expected a string, found ${describe(key)}`)
  const { memory } = call.context.service
  memory.register(call.named.region, key, size('offset', offset), size('byte_size', byteSize))
  answerShort(call.response, 200, {})
}

function size(name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new Refusal('invalid', `${name}: expected a number of bytes, found ${describe(value)}`)
}

export function unregister(call: Call): void {
  const { memory } = call.context.service
  const { region } = call.named
  if (region === '') memory.unregisterAll()
  else memory.unregister(region)
  answerShort(call.response, 200, {})
}

/** This server never registers regions on the device, and tells clients so if they ask. */
export function noStatus(call: Call): void {
  answerJson(call, 200, [])
}

export function notOnDevice(): void {
  throw new Refusal('unsupported', 'shared memory on the device is not supported')
}

/** Clients clean up whether or not they have registered anything. */
export function nothingToUnregister(call: Call): void {
  answerShort(call.response, 200, {})
}
