import { mean } from '../numbers.js'
import type { Metrics } from '../simulate/metrics.js'
import { signed, TIE } from './claim.js'
import { UNSWITCHED } from './paper.js'
import { meanOf, type Relative, relative, relativeTo, resultOf } from './relative.js'
import type { MixResult } from './run-mix.js'

/*
 * Why the model disagrees with the paper: each sentence is computed from an ablation of the same
 * mixes, and where no ablation accounts for a difference it says that the cause is not known.
 */

/** `Mix 5: model-wise 1.31 with 0 switches against 1.26 with 24`. */
export function togetherWithRivals(mix: MixResult, rival: string): string {
  const of = (policy: string): string =>
    `${relative(mix, policy).throughput.toFixed(2)} with ${resultOf(mix, policy).switches} switches`
  return `Mix ${mix.mix.id}: ${rival} ${of(rival)} against ${of('eclip')}`
}

/** What ECLIP reaches in these mixes without switches, and with switches that cost nothing. */
export function switchesEffect(mixes: readonly MixResult[], measure: keyof Relative): string {
  const actual = meanOf(mixes, 'eclip', measure)
  const unswitched = meanOf(mixes, UNSWITCHED, measure)
  const free = freeMean(mixes, 'eclip', measure)
  const seen = `ECLIP there: ${signed(actual)}; with no switch allowed ${signed(unswitched)}`
  if (free === undefined) return seen
  const lower = measure === 'p95' ? -1 : 1
  const cost = lower * (free - actual)
  const worth = lower * (free - unswitched)
  return `${seen}; with switches that cost nothing ${signed(free)}: ${costSentence(cost, worth)}`
}

function costSentence(cost: number, worth: number): string {
  if (worth <= TIE) return 'changing sizes gains nothing there even for free'
  if (cost >= worth) return 'what changing sizes gains, its barriers cost'
  if (cost > TIE) return 'barriers cost a part of what changing sizes gains'
  return 'barriers do not account for it, and the cause is not known'
}

/** What KW-Prealloc gains from its switches in the mixes where it differs from the paper. */
export function preallocEffect(mixes: readonly MixResult[], measure: 'throughput' | 'p95'): string {
  const parts = mixes.map((mix) => {
    const actual = relative(mix, 'kernel-wise-prealloc')[measure]
    const free = freeMean([mix], 'kernel-wise-prealloc', measure)
    const { switches } = resultOf(mix, 'kernel-wise-prealloc')
    const without = free === undefined ? '' : `, ${signed(free)} if they cost nothing`
    return `Mix ${mix.mix.id}: ${signed(actual)} with ${switches} switches${without}`
  })
  return parts.join('; ')
}

/** A change of requests per watt, split into requests and watts. */
export function energyParts(mixes: readonly MixResult[], policy: string): string {
  const power = mean(
    mixes.map(
      (mix) => resultOf(mix, policy).metrics.powerW / resultOf(mix, 'baseline').metrics.powerW,
    ),
  )
  const busy = (of: string): string =>
    `${(100 * mean(mixes.map((mix) => resultOf(mix, of).metrics.cuUtilization))).toFixed(0)}%`
  return `${signed(meanOf(mixes, policy, 'throughput'))} requests at ${signed(power)} power: ${busy(policy)} of the CUs hold a block, ${busy('baseline')} under Baseline`
}

/**
 * How far latencies spread. In a closed loop, their mean falls as throughput rises, so only a wider spread
 * can raise the p95 at the same time.
 */
export function latencySpread(mixes: readonly MixResult[]): string {
  const spread = (policy: string): string =>
    mean(
      mixes.flatMap((mix) =>
        resultOf(mix, policy).metrics.workers.map(({ p95Ms, p50Ms }) => p95Ms / p50Ms),
      ),
    ).toFixed(2)
  return `in a closed loop a higher rate is a lower latency, unless latencies spread: p95 over median is ${spread('baseline')} under Baseline, ${spread('eclip')} under ECLIP`
}

/** The change of every worker's p95 against Baseline. */
export function p95ByWorker(mix: MixResult, policy: string): string {
  const of = (name: string): Metrics['workers'] => resultOf(mix, name).metrics.workers
  const base = of('baseline')
  return of(policy)
    .map(({ name, p95Ms }, w) => `${name} ${signed(p95Ms / base[w].p95Ms)}`)
    .join(', ')
}

/** The mean of a measure if switches cost nothing; undefined if that was not run. */
function freeMean(
  mixes: readonly MixResult[],
  policy: string,
  measure: keyof Relative,
): number | undefined {
  const values = mixes.flatMap((mix) => {
    const free = mix.freeSwitches.get(policy)
    return free === undefined ? [] : [relativeTo(mix, free)[measure]]
  })
  return values.length === mixes.length ? mean(values) : undefined
}
