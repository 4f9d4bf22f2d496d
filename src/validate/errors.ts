import { mean } from '../numbers.js'
import { kendallTau } from './kendall.js'
import type { Pair, Prediction } from './predict.js'

/** Errors of the simulator as fractions, not percent. Null where nothing was measured. */
export interface ErrorStatistics {
  readonly points: number
  /** Mean absolute error of each worker's rate, relative to the measured one. */
  readonly workerRateMape: number | null
  readonly weightedSpeedupMape: number | null
  /** Mean signed error of weighted speedup, which is positive if the simulator is too fast. */
  readonly weightedSpeedupBias: number | null
  readonly p95Mape: number | null
  /** Over the points that were measured for at least 2 s if there are any, otherwise over all points. */
  readonly powerMape: number | null
  /** Kendall's τ of weighted speedup, over pairs of the same mix that differ by more than 1%. */
  readonly kendallTau: number | null
}

/** Energy counters move in steps, so the power of a shorter window cannot be trusted. */
const POWER_SECONDS = 2

/** Error statistics of predictions, for one mix or several. */
export function errorsOf(predictions: readonly Prediction[]): ErrorStatistics {
  const workers = predictions.flatMap((prediction) => prediction.workers)
  const speedups = predictions.map((prediction) => prediction.weightedSpeedup)
  return {
    points: predictions.length,
    workerRateMape: mape(workers.map((worker) => worker.normalizedThroughput)),
    weightedSpeedupMape: mape(speedups),
    weightedSpeedupBias: meanOrNull(speedups.map(relativeError).filter(Number.isFinite)),
    p95Mape: mape(workers.flatMap(({ p95Ms }) => p95Ms ?? [])),
    powerMape: mape(longEnough(predictions).flatMap(({ powerW }) => powerW ?? [])),
    kendallTau: kendallTau(predictions),
  }
}

/** Error statistics by mix, in order of first appearance. */
export function errorsByMix(
  predictions: readonly Prediction[],
): Readonly<Record<string, ErrorStatistics>> {
  const names = [...new Set(predictions.map(({ mix }) => mix))]
  return Object.fromEntries(
    names.map((name) => [name, errorsOf(predictions.filter(({ mix }) => mix === name))]),
  )
}

/** The points whose power counts. */
function longEnough(predictions: readonly Prediction[]): readonly Prediction[] {
  const long = predictions.filter(({ point }) => (point.seconds ?? 0) >= POWER_SECONDS)
  return long.length > 0 ? long : predictions
}

/** Signed error relative to the measured value. */
export function relativeError({ measured, predicted }: Pair): number {
  return predicted / measured - 1
}

function mape(pairs: readonly Pair[]): number | null {
  return meanOrNull(pairs.map(relativeError).filter(Number.isFinite).map(Math.abs))
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values)
}
