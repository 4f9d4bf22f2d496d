import { baselineOf, bestOf, isSound, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { targetsOf } from '../../../plan/judgement.js'
import { change, fixed, listed } from '../../kit/format.js'
import { verdictText } from '../plan/verdict.js'

/** Changes smaller than this share are called equal, because reruns of a simulation differ by as much. */
const EQUAL = 0.002

/** Another policy is named beside the winner only if it does this many times as much work per joule. */
const WORTH_A_WORD = 1.01

/**
 * What a comparison found, in a few sentences: which policies keep the targets, if there are any, and which policy
 * is best at what, compared with baseline.
 */
export function conclusion(outcomes: readonly PolicyOutcome[]): string {
  const [targets, best] = [targetsConclusion(outcomes), bestConclusion(outcomes)]
  return targets === undefined ? best : `${targets} ${best}`
}

/**
 * Which policies keep all targets and overload nobody; undefined if there are no
 * targets and no policy overloads anybody.
 */
export function targetsConclusion(outcomes: readonly PolicyOutcome[]): string | undefined {
  const sound = outcomes.filter(isSound)
  const asked = targetsOf(outcomes[0].judgement).length
  if (sound.length === outcomes.length && asked === 0) return undefined
  const deed =
    asked === 0 ? 'serve all that is offered' : `keep ${asked === 1 ? 'the target' : 'all targets'}`
  if (sound.length === 0) {
    const best = bestOf(outcomes)
    return `NO POLICY is sure to ${deed}. The closest is ${best.policy}. ${verdictText(best.judgement)}`
  }
  if (sound.length === outcomes.length) return `All policies ${deed}.`
  const others = outcomes.filter((outcome) => !sound.includes(outcome))
  return `${named(sound)} sure to ${deed}; ${named(others)} not.`
}

/** `baseline is`, `baseline and equal are`. */
function named(outcomes: readonly PolicyOutcome[]): string {
  return `${listed(outcomes.map(({ policy }) => policy))} ${outcomes.length === 1 ? 'is' : 'are'}`
}

/**
 * One sentence that names the best policy. If every load is open, that is the policy with the most headroom.
 * Otherwise it is the one that does the most work, and the sentence says what it means for throughput, energy and
 * the worst-off worker compared with baseline. Policies that miss targets do not count, unless all do. The sentence
 * also says when nothing beats baseline, and when the winner pays with energy or with its worst-off worker.
 */
export function bestConclusion(outcomes: readonly PolicyOutcome[]): string {
  const sound = outcomes.filter(isSound)
  const candidates = sound.length > 0 ? sound : outcomes
  const base = baselineOf(outcomes)
  if (outcomes.every(hasFinishedNothing)) {
    return 'No request finished: the simulated time is too short to tell the policies apart.'
  }
  if (hasFinishedNothing(base)) {
    return `No request finished under ${base.policy} in the simulated time: there is nothing to compare with.`
  }
  if (base.judgement.headroom !== null) return headroomText(candidates, base)
  return workText(candidates, base, candidates.length < outcomes.length ? 'Of these, ' : '')
}

function headroomText(candidates: readonly PolicyOutcome[], base: PolicyOutcome): string {
  const best = bestOf(candidates)
  const [now, before] = [best, base].map(({ judgement }) => judgement.headroom ?? 0)
  if (best === base)
    return `${base.policy} carries ${fixed(now)} times this load, and nothing more.`
  const gain = before > 0 ? ` (${change(now, before)})` : ''
  const [powerW, basePowerW] = [best, base].map(({ metrics }) => fixed(metrics.powerW, 0))
  return `${best.policy} has the most headroom: it carries ${fixed(now)} times this load, against ${fixed(before)} of ${base.policy}${gain}, at ${powerW} W instead of ${basePowerW} W.`
}

function workText(
  candidates: readonly PolicyOutcome[],
  base: PolicyOutcome,
  among: string,
): string {
  const others = candidates.filter((outcome) => outcome !== base)
  const speedup = fixed(base.metrics.weightedSpeedup)
  if (others.length === 0) {
    const rest = among === '' ? '; no other policy was run' : ''
    return `${base.policy} reaches a weighted speedup of ${speedup}${rest}.`
  }
  const best = bestOf(others)
  const gain = best.metrics.weightedSpeedup / base.metrics.weightedSpeedup - 1
  if (gain <= EQUAL) return noGain(best, base, gain)
  return (
    `${among}${best.policy} does the most work: weighted speedup ${fixed(best.metrics.weightedSpeedup)} ` +
    `against ${speedup} of ${base.policy} (${change(best.metrics.weightedSpeedup, base.metrics.weightedSpeedup)}), ` +
    `${energyClause(best, base)}, ${workerClause(best, base)}${greenestClause(candidates, best, base)}.`
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
  return `No policy beats ${base.policy} at a weighted speedup of ${fixed(base.metrics.weightedSpeedup)}: ${verdict}, with ${energyText(best, base)}; ${workerText(best, base)}.`
}

/** What goes with a gain in work. A loss of work per joule is set against it. */
function energyClause(best: PolicyOutcome, base: PolicyOutcome): string {
  const text = energyText(best, base)
  if (text === SAME_ENERGY) return `at ${text}`
  return best.metrics.workPerKilojoule > base.metrics.workPerKilojoule ? text : `but ${text}`
}

const SAME_ENERGY = 'the same work per joule'

function energyText(best: PolicyOutcome, base: PolicyOutcome): string {
  const ratio = best.metrics.workPerKilojoule / base.metrics.workPerKilojoule
  if (Math.abs(ratio - 1) <= EQUAL) return SAME_ENERGY
  const size = change(1 + Math.abs(ratio - 1), 1).slice(1)
  return `${size} ${ratio > 1 ? 'more' : 'less'} work per joule`
}

/** The same for the worst-off worker. */
function workerClause(best: PolicyOutcome, base: PolicyOutcome): string {
  const [now, before] = [best.metrics.lowestWorker, base.metrics.lowestWorker]
  return `${now / before < 1 - EQUAL ? 'but' : 'and'} ${workerText(best, base)}`
}

function workerText(best: PolicyOutcome, base: PolicyOutcome): string {
  const [now, before] = [best.metrics.lowestWorker, base.metrics.lowestWorker]
  const isOpen = best.metrics.workers.some(({ offeredPerSecond }) => offeredPerSecond !== null)
  const rate = isOpen ? 'what it would reach alone' : 'its solo rate'
  const keeps = `its worst-off worker keeps ${fixed(now)} of ${rate}`
  if (Math.abs(now / before - 1) <= EQUAL) return `${keeps}, as before`
  return now > before
    ? `${keeps} instead of ${fixed(before)}`
    : `${keeps}, down from ${fixed(before)}`
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
