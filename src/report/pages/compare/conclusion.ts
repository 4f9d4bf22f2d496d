import { baselineOf, bestOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { change, fixed } from '../../kit/format.js'

/** Changes smaller than this share are called equal: reruns of a simulation differ by as much. */
const EQUAL = 0.002

/** How much more work per joule another policy must do to be named beside the winner. */
const WORTH_A_WORD = 1.01

/**
 * One sentence: which policy does the most work, and what that means against baseline for
 * throughput, energy and the worst-off worker. Says so when nothing beats baseline, and when the
 * winner pays with energy or with its worst-off worker.
 */
export function conclusion(outcomes: readonly PolicyOutcome[]): string {
  const base = baselineOf(outcomes)
  const others = outcomes.filter((outcome) => outcome !== base)
  if (outcomes.every(hasFinishedNothing)) {
    return 'No request finished: the simulated time is too short to tell the policies apart.'
  }
  if (hasFinishedNothing(base)) {
    return `No request finished under ${base.policy} in the simulated time: there is nothing to compare with.`
  }
  const speedup = fixed(base.metrics.weightedSpeedup)
  if (others.length === 0) {
    return `${base.policy} reaches a weighted speedup of ${speedup}; no other policy was run.`
  }
  const best = bestOf(others)
  const gain = best.metrics.weightedSpeedup / base.metrics.weightedSpeedup - 1
  if (gain <= EQUAL) return noGain(best, base, gain)
  return (
    `${best.policy} does the most work: weighted speedup ${fixed(best.metrics.weightedSpeedup)} ` +
    `against ${speedup} of ${base.policy} (${change(best.metrics.weightedSpeedup, base.metrics.weightedSpeedup)}), ` +
    `${energyClause(best, base)}, ${workerClause(best, base)}${greenestClause(outcomes, best, base)}.`
  )
}

function hasFinishedNothing({ metrics }: PolicyOutcome): boolean {
  return metrics.workers.every(({ p95Ms }) => Number.isNaN(p95Ms))
}

function noGain(best: PolicyOutcome, base: PolicyOutcome, gain: number): string {
  const verdict =
    gain >= -EQUAL
      ? `${best.policy} only equals it`
      : `the closest, ${best.policy}, does ${change(1 + gain, 1)} less work`.replace('\u{2212}', '')
  return `No policy beats ${base.policy} at a weighted speedup of ${fixed(base.metrics.weightedSpeedup)}: ${verdict}, ${energyClause(best, base)}, ${workerClause(best, base)}.`
}

function energyClause(best: PolicyOutcome, base: PolicyOutcome): string {
  const ratio = best.metrics.workPerKilojoule / base.metrics.workPerKilojoule
  if (Math.abs(ratio - 1) <= EQUAL) return 'at the same work per joule'
  const size = change(1 + Math.abs(ratio - 1), 1).slice(1)
  return ratio > 1 ? `${size} more work per joule` : `but ${size} less work per joule`
}

function workerClause(best: PolicyOutcome, base: PolicyOutcome): string {
  const [now, before] = [best.metrics.lowestWorker, base.metrics.lowestWorker]
  const keeps = `its worst-off worker keeps ${fixed(now)} of its solo rate`
  if (Math.abs(now / before - 1) <= EQUAL) return `and ${keeps}, as before`
  return now > before
    ? `and ${keeps} instead of ${fixed(before)}`
    : `but ${keeps}, down from ${fixed(before)}`
}

function greenestClause(
  outcomes: readonly PolicyOutcome[],
  best: PolicyOutcome,
  base: PolicyOutcome,
): string {
  const greenest = outcomes.reduce((a, b) =>
    b.metrics.workPerKilojoule > a.metrics.workPerKilojoule ? b : a,
  )
  if (greenest === base || greenest === best) return ''
  if (greenest.metrics.workPerKilojoule <= best.metrics.workPerKilojoule * WORTH_A_WORD) return ''
  return `; ${greenest.policy} does the most work per joule (${change(greenest.metrics.workPerKilojoule, base.metrics.workPerKilojoule)})`
}
