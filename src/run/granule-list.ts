/** The granules of several models in one process, in the form that `--granules` takes. */
import { isDeepStrictEqual } from 'node:util'

/** The length for which `live-settings.ts` has room. */
const MOST_CHARACTERS = 4000
const MOST_MODELS = 16
const MOST_GRANULES = 64
/** `nvtx:` marks the name of an NVTX range. The system keeps 15 characters of a thread's name. */
const ENTRY = /^(?:(nvtx:[^=,]{1,63}|(?!nvtx:)[^=,]{1,15})=)?(\d+(?:-\d+)?(?:\+\d+(?:-\d+)?)*)$/

/**
 * Whether a text names the granules of each model: as `0-7+9,10-14` in order, or as
 * `text=0-7,nvtx:image=8-14` with the beginnings of the names of their threads or NVTX ranges.
 */
export function isGranuleList(text: string): boolean {
  if (text.length > MOST_CHARACTERS) return false
  const entries = text.split(',').map((entry) => ENTRY.exec(entry))
  if (entries.length > MOST_MODELS || !entries.every((entry) => entry !== null)) return false
  const named = entries.filter(([, name]) => name !== undefined).length
  return (named === 0 || named === entries.length) && entries.every(([, , runs]) => areRuns(runs))
}

/** Whether a list names NVTX ranges. */
export function namesRanges(text: string): boolean {
  return text.split(',').some((entry) => entry.startsWith('nvtx:'))
}

/** Whether two lists are for the same models in the same order. */
export function haveSameModels(one: string, other: string): boolean {
  const namesOf = (text: string) => text.split(',').map((entry) => ENTRY.exec(entry)?.[1])
  return isDeepStrictEqual(namesOf(one), namesOf(other))
}

function areRuns(text: string): boolean {
  return text.split('+').every((run) => {
    const [first, last = first] = run.split('-').map(Number)
    return first <= last && last < MOST_GRANULES
  })
}
