import { contentLines } from '../content-lines.js'
import { describe, InputError } from '../errors.js'
import { readText } from './read.js'

/** A trace may count its seconds from 1970; anything far later than today is in another unit. */
const LATEST_US = 1e16

/** Arrival times in µs of a trace: seconds, one a line, ascending; blank lines and # comments pass. */
export function readArrivals(file: string): number[] {
  const arrivalsUs: number[] = []
  for (const { place, content } of contentLines(readText(file), file)) {
    const us = Number(content) * 1e6
    const previousUs = arrivalsUs.at(-1) ?? 0
    if (!(us >= previousUs && us <= LATEST_US)) {
      const expected = `a time in seconds, not before ${previousUs / 1e6}`
      throw new InputError({ file, path: place, expected, found: describe(content) })
    }
    arrivalsUs.push(us)
  }
  if (arrivalsUs.length > 0) return arrivalsUs
  throw new InputError({ file, expected: 'arrival times', found: 'none' })
}
