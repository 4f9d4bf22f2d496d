/** Whose kernels go first where programs share a device. */

/** `low`: after those of all others; a number: so many levels above the lowest of the hardware. */
export type Priority = 'low' | 'normal' | number

/** Above what any GPU has: the highest that there is. */
const HIGHEST = 63

/** The priority that a text asks for; undefined if it asks for none that there is. */
export function parsePriority(text: string): Priority | undefined {
  if (text === 'low' || text === 'normal') return text
  if (text === 'high') return HIGHEST
  return /^\d\d?$/.test(text) && Number(text) <= HIGHEST ? Number(text) : undefined
}

/** A priority as tables show it: in the word that asks for it, where there is one. */
export function priorityText(priority: string | number): string {
  return priority === HIGHEST ? 'high' : `${priority}`
}
