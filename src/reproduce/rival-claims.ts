import { type Claim, claim, mixNames, shareOf, signed, TIE } from './claim.js'
import { plotted } from './paper.js'
import { energyParts, p95ByWorker, preallocEffect } from './reasons.js'
import { meanOf, relative, resultOf } from './relative.js'
import type { MixResult } from './run-mix.js'

/** What the paper says about the scenarios that it compares ECLIP with. */
export function rivalClaims(mixes: readonly MixResult[]): Claim[] {
  const third = mixes.find(({ mix }) => mix.id === 3)
  const equals = mixes.find(({ mix }) => mix.id === 7)
  return [
    preallocEnergy(mixes),
    preallocWorst(mixes),
    preallocLowest(mixes),
    modelWiseMixed(mixes),
    ...(third ? [modelWiseThird(third)] : []),
    ...(mixes.every((mix) => mix.policies.has(IOCTL)) ? [ioctlTooSlow(mixes)] : []),
    ...(equals ? [runAhead(equals)] : []),
  ]
}

const IOCTL = 'kernel-wise-ioctl'
const PREALLOC = 'kernel-wise-prealloc'
/** "About those of Baseline" means at most this far from them. */
const ABOUT = 0.1

function preallocEnergy(mixes: readonly MixResult[]): Claim {
  const ours = meanOf(mixes, PREALLOC, 'requestsPerWatt')
  return claim({
    id: 'prealloc-energy',
    paper: 'KW-Prealloc: requests per watt about those of Baseline',
    ours: `${signed(ours)} on average`,
    value: ours,
    holds: Math.abs(ours - 1) <= ABOUT,
    otherwise: energyParts(mixes, PREALLOC),
  })
}

function preallocWorst(mixes: readonly MixResult[]): Claim {
  const worst = mixes.filter((mix) => extreme(mix, 'p95') === PREALLOC)
  const others = mixes.filter((mix) => !worst.includes(mix))
  return claim({
    id: 'prealloc-p95',
    paper: 'KW-Prealloc has the worst p95 latency',
    ours: `worst in ${worst.length} of ${mixes.length} mixes`,
    value: shareOf(worst, mixes),
    unit: 'share of mixes',
    holds: others.length === 0,
    otherwise: `worse elsewhere: ${others.map((mix) => `Mix ${mix.mix.id} (${extreme(mix, 'p95')})`).join(', ')}. KW-Prealloc there: ${preallocEffect(others, 'p95')}`,
  })
}

function preallocLowest(mixes: readonly MixResult[]): Claim {
  const lowest = mixes.filter((mix) => extreme(mix, 'throughput') === PREALLOC)
  const others = mixes.filter((mix) => !lowest.includes(mix))
  return claim({
    id: 'prealloc-throughput',
    paper: 'KW-Prealloc has the lowest throughput',
    ours: `lowest in ${lowest.length} of ${mixes.length} mixes`,
    value: shareOf(lowest, mixes),
    unit: 'share of mixes',
    holds: others.length === 0,
    otherwise: `not in ${preallocEffect(others, 'throughput')}`,
  })
}

function modelWiseMixed(mixes: readonly MixResult[]): Claim {
  const gain = (mix: MixResult): number => relative(mix, 'model-wise').throughput
  const better = mixes.filter((mix) => gain(mix) > 1 + TIE)
  const worse = mixes.filter((mix) => gain(mix) < 1 - TIE)
  return claim({
    id: 'model-wise-inconsistent',
    paper: 'Model-Wise is inconsistent: better than Baseline in some mixes, worse in others',
    ours: `better in ${better.length}, worse in ${worse.length} of ${mixes.length} mixes`,
    value: shareOf(better, mixes),
    unit: 'share of mixes',
    holds: better.length > 0 && worse.length > 0,
    otherwise: `it goes one way in all mixes; the cause is not known`,
  })
}

function modelWiseThird(third: MixResult): Claim {
  const { p95 } = relative(third, 'model-wise')
  return claim({
    id: 'model-wise-p95-mix-3',
    paper:
      'Model-Wise has a bad p95 in Mix 3 (no better than Baseline): the kernels of vgg19 want all CUs',
    ours: `${signed(p95)} against Baseline, ${signed(p95 / relative(third, 'eclip').p95)} against ECLIP`,
    value: p95,
    holds: p95 >= 1 - TIE,
    otherwise: `by worker: ${p95ByWorker(third, 'model-wise')}`,
  })
}

function ioctlTooSlow(mixes: readonly MixResult[]): Claim {
  const below = mixes.filter((mix) => {
    const { throughput } = relative(mix, IOCTL)
    return plotted.every((policy) => throughput < relative(mix, policy).throughput)
  })
  const others = mixes.filter((mix) => !below.includes(mix))
  const free = others.map((mix) => signed(relative(mix, 'krisp').throughput)).join(', ')
  return claim({
    id: 'ioctl-unusable',
    paper: 'KW-IOCTL is too slow to plot',
    ours: `slower than every plotted scenario in ${below.length} of ${mixes.length} mixes; throughput ${signed(meanOf(mixes, IOCTL, 'throughput'))} on average`,
    value: shareOf(below, mixes),
    unit: 'share of mixes',
    holds: others.length === 0,
    otherwise: `not in ${mixNames(others)}; with mask calls of 1 µs the same sizes gain ${free} there (krisp), which the calls do not use up`,
  })
}

/** Mix 7 is three times the same model, so partitions can only help where progress under Baseline is unequal. */
function runAhead(equals: MixResult): Claim {
  const base = resultOf(equals, 'baseline').metrics.fairness
  const ours = resultOf(equals, 'eclip').metrics.fairness
  return claim({
    id: 'run-ahead-mix-7',
    paper: 'Mix 7: Baseline lets some workers run ahead',
    ours: `lowest over highest rate ${base.toFixed(2)} under Baseline, ${ours.toFixed(2)} under ECLIP`,
    value: base,
    holds: base < ours - 0.05,
    otherwise:
      'the model dispatches the oldest kernel first, which is an assumption; it keeps equal workers equal',
  })
}

/** The plotted policy with the lowest throughput, or the highest p95. */
function extreme(mix: MixResult, measure: 'throughput' | 'p95'): string {
  const badness = (policy: string): number =>
    measure === 'p95' ? relative(mix, policy).p95 : -relative(mix, policy).throughput
  return [...plotted].sort((a, b) => badness(b) - badness(a))[0]
}
