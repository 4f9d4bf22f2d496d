import { Refusal } from '../refusal.js'

const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
}

/**
 * Milliseconds that a client gives a call in its grpc-timeout header; infinite without the header.
 * @throws Refusal `invalid`
 */
export function readTimeoutMs(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const match = /^(\d{1,8})([HMSmun])$/.exec(text)
  if (match !== null) return Number(match[1]) * UNITS_MS[match[2]]
  throw new Refusal('invalid', `grpc-timeout: expected up to 8 digits and a unit, found '${text}'`)
}
