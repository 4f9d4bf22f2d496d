import { describe } from '../errors.js'
import { Refusal } from './refusal.js'

export type ParameterValue = boolean | number | string

/** The parameters of a request, an input or an output, by name. */
export type Parameters = ReadonlyMap<string, ParameterValue>

export const NO_PARAMETERS: Parameters = new Map()

/** @throws Refusal `invalid` if the parameter is present and not a whole number of at least 0 */
export function countParameter(
  parameters: Parameters,
  name: string,
  owner: string,
): number | undefined {
  const value = parameters.get(name)
  if (value === undefined) return undefined
  // Clients send the largest 64-bit number for "never", so a value past 2^53 need not be exact.
  if (Number.isInteger(value) && (value as number) >= 0) return value as number
  throw wrong(owner, name, 'a whole number of at least 0', value)
}

/** @throws Refusal `invalid` if the parameter is present and neither true nor false */
export function flagParameter(
  parameters: Parameters,
  name: string,
  owner: string,
): boolean | undefined {
  const value = parameters.get(name)
  if (value === undefined || typeof value === 'boolean') return value
  throw wrong(owner, name, 'true or false', value)
}

/** @throws Refusal `invalid` if the parameter is present and not a string */
export function textParameter(
  parameters: Parameters,
  name: string,
  owner: string,
): string | undefined {
  const value = parameters.get(name)
  if (value === undefined || typeof value === 'string') return value
  throw wrong(owner, name, 'a string', value)
}

function wrong(owner: string, name: string, expected: string, found: unknown): Refusal {
  return new Refusal(
    'invalid',
    `${owner}: parameter ${name}: expected ${expected}, found ${describe(found)}`,
  )
}
