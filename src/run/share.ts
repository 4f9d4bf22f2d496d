/** How much of a device a program may use: a number of compute units, or a percentage of them. */

/** A share as it is asked for: `64` compute units, or `25%` of them. */
export type Share = { readonly cus: number } | { readonly percent: number }

const SHARE = /^(\d{1,4}(?:\.\d+)?)(%?)$/

/** The share that a text asks for; undefined if it is not a share. */
export function parseShare(text: string): Share | undefined {
  const [, digits, sign] = SHARE.exec(text) ?? []
  const number = Number(digits)
  if (sign === '%') return number > 0 && number <= 100 ? { percent: number } : undefined
  return Number.isInteger(number) && number > 0 ? { cus: number } : undefined
}

/**
 * A share as a whole percentage, rounded down but at least 1.
 * @param totalCus called only for a share in compute units
 */
export function percentOf(share: Share, totalCus: () => number): number {
  const percent = 'percent' in share ? share.percent : (100 * share.cus) / totalCus()
  return Math.min(100, Math.max(1, Math.floor(percent)))
}
