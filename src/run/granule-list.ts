/** The granules of several models in one process, as `--granules` takes them. */

const MOST_MODELS = 16
const MOST_GRANULES = 64
/** The system keeps so many characters of a thread's name. */
const ENTRY = /^(?:([^=,]{1,15})=)?(\d+(?:-\d+)?(?:\+\d+(?:-\d+)?)*)$/

/**
 * Whether a text says for each model where it runs, as `0-7+9,10-14`, or as `text=0-7,image=8-14`
 * with the starts of the names of their threads.
 */
export function isGranuleList(text: string): boolean {
  const entries = text.split(',').map((entry) => ENTRY.exec(entry))
  if (entries.length > MOST_MODELS || !entries.every((entry) => entry !== null)) return false
  const named = entries.filter(([, name]) => name !== undefined).length
  return (named === 0 || named === entries.length) && entries.every(([, , runs]) => areRuns(runs))
}

function areRuns(text: string): boolean {
  return text.split('+').every((run) => {
    const [first, last = first] = run.split('-').map(Number)
    return first <= last && last < MOST_GRANULES
  })
}
