import { addTo } from './maps.js'

/** Sum of the values; 0 for none. */
export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Arithmetic mean; NaN for none. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

/** The median; NaN for none. */
export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b)
  return quantileSorted(ascending, 0.5)
}

/** The least of the values that are numbers; NaN if none is. */
export function leastKnown(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.length > 0 ? Math.min(...known) : Number.NaN
}

/** How often each value occurs, in the order in which they first do. */
export function countsOf<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) addTo(counts, value, 1)
  return counts
}

/** The values in ascending order, each once. */
export function distinctAscending(values: Iterable<number>): number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

/** A value, or null in place of one that JSON cannot carry: NaN or an infinity. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** A share in percent, without the noise of binary fractions: 0.29 is 29. */
export function inPercent(share: number): number {
  return Number((100 * share).toPrecision(12))
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

/**
 * The q-quantile (0..1) of ascending values by linear interpolation between closest ranks
 * (Hyndman and Fan's type 7); NaN for none.
 */
export function quantileSorted(ascending: ArrayLike<number>, q: number): number {
  const n = ascending.length
  if (n === 0) return Number.NaN
  const position = clamp(q, 0, 1) * (n - 1)
  const below = Math.floor(position)
  const low = ascending[below]
  const high = ascending[Math.min(n - 1, below + 1)]
  return low + (high - low) * (position - below)
}
