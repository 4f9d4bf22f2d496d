import { contentLines } from '../content-lines.js'
import { describe, InputError } from '../errors.js'
import { readText } from './read.js'

/** A trace may count from 1970; anything far later than today is not in seconds. */
const LATEST_S = 1e10

/** Arrival times in µs of a trace: seconds, one a line, ascending; blank lines and # comments pass. */
export function readArrivals(file: string): number[] {
  const arrivalsUs: number[] = []
  for (const { place, content } of contentLines(readText(file), file)) {
    const us = Number(content) * 1e6
    const previousUs = arrivalsUs.at(-1) ?? 0
    if (!(us >= previousUs && us <= LATEST_S * 1e6)) {
      const range = us > previousUs ? `of at most ${LATEST_S}` : `not before ${previousUs / 1e6}`
      const expected = `a time in seconds, ${range}`
      throw new InputError({ file, path: place, expected, found: describe(content) })
    }
    arrivalsUs.push(us)
  }
  if (arrivalsUs.length > 0) return arrivalsUs
  throw new InputError({ file, expected: 'arrival times', found: 'none' })
}
