import { mean } from '../numbers.js'
import type { Interval } from '../plan/judgement.js'

/** 99.95% quantiles of Student's t, by runs. */
const T: ReadonlyMap<number, number> = new Map([
  [2, 636.6],
  [3, 31.6],
  [4, 12.92],
  [5, 8.61],
  [6, 6.87],
  [7, 5.96],
  [8, 5.41],
  [12, 4.44],
  [16, 4.07],
  [24, 3.77],
])

/**
 * Student's t for a number of runs. If the table has no entry for it, the entry for the next
 * smaller number is used, which gives a wider interval.
 */
function studentT(runs: number): number {
  return [...T].reduce((t, [known, value]) => (known <= runs ? value : t), Number.POSITIVE_INFINITY)
}

/**
 * Mean of some values and their prediction interval, in which 99.9% of further values lie if all
 * are drawn from one normal distribution (Student's t). The interval of a single value is that
 * value.
 * @param further variance of a further value, as a multiple of the variance of these values
 */
export function predictionInterval(values: readonly number[], further = 1): Interval {
  const center = mean(values)
  const n = values.length
  if (n === 1) return { mean: center, low: center, high: center }
  const variance = mean(values.map((value) => (value - center) ** 2)) * (n / (n - 1))
  const half = studentT(n) * Math.sqrt(variance * (further + 1 / n))
  return { mean: center, low: Math.max(0, center - half), high: center + half }
}
