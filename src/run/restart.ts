/** Decides when a program that has ended is started again. */
import type { ProgramEntry } from './programs-file.js'

const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 60_000
/** A program that ran for this long did not end because of the way it was started. */
const SETTLED_MS = 60_000

/** Whether a policy restarts a program that ended with an exit code. */
export function wantsRestart(policy: ProgramEntry['restart'], code: number): boolean {
  return policy === 'always' || (policy === 'on-failure' && code !== 0)
}

/** How many times in a row a program has ended early, this time included. */
export function soonEnds(before: number, ranMs: number): number {
  return ranMs >= SETTLED_MS ? 1 : before + 1
}

/** How long to wait before the next start, in ms: twice as long after each further early end. */
export function restartDelayMs(soon: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (soon - 1))
}
