/** Whose kernels go first if programs share a device. */

/** `low`: after the kernels of all others. A number: that many levels above the lowest level of the hardware. */
export type Priority = 'low' | 'normal' | number

/** More than any GPU has, so it stands for the highest level that exists. */
const HIGHEST = 63

/** The priority that a text asks for; undefined if there is no such priority. */
export function parsePriority(text: string): Priority | undefined {
  if (text === 'low' || text === 'normal') return text
  if (text === 'high') return HIGHEST
  return /^\d\d?$/.test(text) && Number(text) <= HIGHEST ? Number(text) : undefined
}

/** A priority in the form that tables show: the word that asks for it, if there is one. */
export function priorityText(priority: string | number): string {
  return priority === HIGHEST ? 'high' : `${priority}`
}
