import type { Prediction } from './predict.js'

/** Two measured speedups that differ by no more than this, relative to the larger one, count as equal. */
const SMALLEST_DIFFERENCE = 0.01

/**
 * Kendall's τ between predicted and measured weighted speedup. Among all pairs of points of the
 * same mix whose measured speedups differ by more than 1%, it is the share in the right order minus
 * the share in the wrong order. Null if there is no such pair.
 */
export function kendallTau(predictions: readonly Prediction[]): number | null {
  let pairs = 0
  let balance = 0
  for (let i = 0; i < predictions.length; i++) {
    for (let j = i + 1; j < predictions.length; j++) {
      const a = predictions[i]
      const b = predictions[j]
      if (a.mix !== b.mix) continue
      const measured = a.weightedSpeedup.measured - b.weightedSpeedup.measured
      const larger = Math.max(a.weightedSpeedup.measured, b.weightedSpeedup.measured)
      if (Math.abs(measured) <= SMALLEST_DIFFERENCE * larger) continue
      pairs++
      balance +=
        Math.sign(measured) * Math.sign(a.weightedSpeedup.predicted - b.weightedSpeedup.predicted)
    }
  }
  return pairs === 0 ? null : balance / pairs
}
