/** The granule layout at the end of a device's fingerprint: `15x8+1x12` of `nvidia:h200:15x8+1x12`. */
import { z } from 'zod'
import { sum } from '../numbers.js'
import { MOST_CUS } from '../quantities.js'

/** A number of granules with the same number of compute units. */
type Run = readonly [granules: number, cus: number]

/** Compute units of each granule; empty if the fingerprint does not end in a layout. */
export function granuleCus(fingerprint: string): number[] {
  return runsOf(fingerprint).flatMap(([granules, cus]) => new Array<number>(granules).fill(cus))
}

/** A fingerprint, as files carry it. */
export const fingerprintText = z
  .string()
  .max(16_384)
  .refine(hasLayout, 'VENDOR:NAME:GRANULESxCUS, such as nvidia:h200:15x8+1x12')

function hasLayout(fingerprint: string): boolean {
  const cus = sum(runsOf(fingerprint).map(([granules, each]) => granules * each))
  return cus > 0 && cus <= MOST_CUS
}

function runsOf(fingerprint: string): Run[] {
  const parts = fingerprint.slice(fingerprint.lastIndexOf(':') + 1).split('+')
  const runs = parts.map((part) => /^([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(part))
  return runs.every((run) => run !== null)
    ? runs.map((run) => [Number(run[1]), Number(run[2])])
    : []
}
