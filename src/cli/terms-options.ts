/** Options of several commands for what a program may be granted, and texts about it. */
import { InvalidArgumentError } from 'commander'
import { name } from '../quantities.js'
import { isGranuleList } from '../run/granule-list.js'
import { type Priority, parsePriority, priorityText } from '../run/priority.js'
import type { ProgramUse } from '../run/program-use.js'
import type { Granted } from '../run/run-state.js'
import { parseShare, type Share } from '../run/share.js'
import { shareCaution } from '../run/share-caution.js'
import { note } from './command.js'

/** Parses a share for a commander option. */
export function shareOf(text: string): Share {
  const share = parseShare(text)
  if (share !== undefined) return share
  const expected = 'a number of compute units, or at most 100% of them, such as 25%'
  throw new InvalidArgumentError(`expected ${expected}, found "${text}".`)
}

/** Parses a priority for a commander option. */
export function priorityOf(text: string): Priority {
  const priority = parsePriority(text)
  if (priority !== undefined) return priority
  throw new InvalidArgumentError(`expected high, normal, low or 0 to 63, found "${text}".`)
}

/** Checks a list of granules for a commander option. */
export function granulesOf(text: string): string {
  if (isGranuleList(text)) return text
  throw new InvalidArgumentError(
    `expected granules for each model, as 0-7,8-14 or a=0-7,b=8-14, found "${text}".`,
  )
}

/** Checks the name of a program for a commander option. */
export function nameOf(text: string): string {
  if (name.safeParse(text).success) return text
  throw new InvalidArgumentError(`expected one line of at most 256 characters, found "${text}".`)
}

/** Warns on stderr of shares under which libraries may compute wrong results here. */
export function noteShareCaution(granted: readonly Granted[]): void {
  const caution = shareCaution(granted.flatMap(({ sharePercent = [] }) => sharePercent))
  if (caution !== undefined) note(caution)
}

/** In words: whose kernels go first, and whether the program waits for those of others to end. */
export function priorityOfText({ priority, yields }: ProgramUse | Granted): string {
  return `${priorityText(priority)}${yields ? ', yields' : ''}`
}

/** In words: a part of the device, either a share under MPS or granules. */
export function partText({ sharePercent, granules }: ProgramUse | Granted): string {
  return granules ? `granules ${granules}` : `${sharePercent}%`
}
