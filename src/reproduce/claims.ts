import { mean } from '../numbers.js'
import type { AblationPoint } from './ablations.js'
import type { MaskCost, StreamLatency } from './motivation.js'
import { PAPER_BUDGET, paperMaskCall, paperResults, paperStreams, plotted } from './paper.js'
import { meanOf, type Relative, relative, resultOf } from './relative.js'
import type { MixResult } from './run-mix.js'

/** One statement of the paper beside ours. */
export interface Claim {
  readonly id: string
  readonly paper: string
  readonly ours: string
  readonly holds: boolean
  /** Why the model disagrees; empty where the claim holds. */
  readonly why: string
}

/** What the claims are judged on. A claim without evidence is left out. */
export interface Evidence {
  readonly mixes: readonly MixResult[]
  readonly maskCosts: readonly MaskCost[]
  readonly streams: readonly StreamLatency[]
  /** ECLIP's mean relative throughput by switch budget. */
  readonly budgets: readonly AblationPoint[]
}

/** Rates that are closer than this count as equal. */
const TIE = 0.005
/** A mean gain is confirmed if ours is at least half of the paper's. */
const CONFIRMED = 0.5

/** Every claim of the paper's evaluation, judged. */
export function judge(evidence: Evidence): Claim[] {
  const { mixes, maskCosts, streams, budgets } = evidence
  return [
    ...throughputClaims(mixes),
    ...energyClaims(mixes),
    ...latencyClaims(mixes),
    ...policyClaims(mixes),
    ...tableClaims(mixes),
    ...(maskCosts.length > 0 ? [maskClaim(maskCosts)] : []),
    ...(streams.length > paperStreams.flatTo ? [streamsClaim(streams)] : []),
    ...(budgets.length > 0 ? [budgetClaim(budgets)] : []),
  ]
}

interface Judgement {
  readonly id: string
  readonly paper: string
  readonly ours: string
  readonly holds: boolean
  readonly otherwise: string
}

function claim({ id, paper, ours, holds, otherwise }: Judgement): Claim {
  return { id, paper, ours, holds, why: holds ? '' : otherwise }
}

function throughputClaims(mixes: readonly MixResult[]): Claim[] {
  const lost = mixes.filter((mix) => best(mix, 'throughput') !== 'eclip')
  const lostInSpeedup = mixes.filter((mix) => best(mix, 'weightedSpeedup') !== 'eclip')
  const rivals = lost.map(
    (mix) =>
      `Mix ${mix.mix.id}: ${best(mix, 'throughput')} ${times(mix, best(mix, 'throughput'), 'throughput')} against ${times(mix, 'eclip', 'throughput')}`,
  )
  const { mean: paperMean, most, mostInMix } = paperResults.throughput
  return [
    claim({
      id: 'eclip-best',
      paper: 'ECLIP has the best throughput in every mix',
      ours: `best in ${mixes.length - lost.length} of ${mixes.length} mixes by requests/s, in ${mixes.length - lostInSpeedup.length} by weighted speedup`,
      holds: lost.length === 0,
      otherwise: `${rivals.join('; ')}. ECLIP chooses among the few sizes of its pool and pays up to ${PAPER_BUDGET} barriers a request and worker; a fixed partition pays none`,
    }),
    gainClaim('eclip-throughput-mean', mixes, 'throughput', paperMean),
    mostClaim('eclip-throughput-most', mixes, 'throughput', most, mostInMix),
  ]
}

function energyClaims(mixes: readonly MixResult[]): Claim[] {
  const { mean: paperMean, most, mostInMix } = paperResults.requestsPerWatt
  const prealloc = meanOf(mixes, 'kernel-wise-prealloc', 'requestsPerWatt')
  return [
    gainClaim('eclip-energy-mean', mixes, 'requestsPerWatt', paperMean),
    mostClaim('eclip-energy-most', mixes, 'requestsPerWatt', most, mostInMix),
    claim({
      id: 'prealloc-energy',
      paper: 'KW-Prealloc: requests per watt about those of Baseline',
      ours: `${signed(prealloc)} on average`,
      holds: Math.abs(prealloc - 1) <= 0.1,
      otherwise:
        prealloc > 1
          ? 'while it waits at barriers few CUs are busy, and that saves more power than it costs requests'
          : 'it loses more requests than it saves power',
    }),
  ]
}

const MEASURES = { throughput: 'throughput', requestsPerWatt: 'requests per watt' } as const

function gainClaim(
  id: string,
  mixes: readonly MixResult[],
  measure: keyof typeof MEASURES,
  paper: number,
): Claim {
  const ours = meanOf(mixes, 'eclip', measure)
  return claim({
    id,
    paper: `ECLIP: ${signed(paper)} ${MEASURES[measure]} on average`,
    ours: `${signed(ours)} (${signed(meanOf(mixes, 'eclip', 'weightedSpeedup'))} weighted speedup)`,
    holds: ours - 1 >= CONFIRMED * (paper - 1),
    otherwise: `less than half of the paper's. Undivided, the workers already reach ${speedupOf(mixes, 'baseline')} of their solo rates together, because kernels that leave CUs idle find room beside each other; ECLIP reaches ${speedupOf(mixes, 'eclip')}: its partitions bound that, and each of its switches waits for a barrier`,
  })
}

/** Weighted speedup, mean over the mixes. */
function speedupOf(mixes: readonly MixResult[], policy: string): string {
  return mean(mixes.map((mix) => resultOf(mix, policy).metrics.weightedSpeedup)).toFixed(2)
}

function mostClaim(
  id: string,
  mixes: readonly MixResult[],
  measure: keyof typeof MEASURES,
  paper: number,
  paperMix: number,
): Claim {
  const gains = mixes.map((mix) => ({ id: mix.mix.id, gain: relative(mix, 'eclip')[measure] }))
  const most = gains.reduce((a, b) => (b.gain > a.gain ? b : a))
  const there = gains.find((gain) => gain.id === paperMix)
  const inPaperMix = there ? `; Mix ${paperMix}: ${signed(there.gain)}` : ''
  return claim({
    id,
    paper: `ECLIP: at most ${signed(paper)} ${MEASURES[measure]}, in Mix ${paperMix}`,
    ours: `at most ${signed(most.gain)}, in Mix ${most.id}${inPaperMix}`,
    holds: most.id === paperMix,
    otherwise:
      'in the model, equal models share an undivided GPU evenly: partitions mend nothing there',
  })
}

function latencyClaims(mixes: readonly MixResult[]): Claim[] {
  const eclip = meanOf(mixes, 'eclip', 'p95')
  const paper = paperResults.p95.mean
  const notWorst = mixes.filter((mix) => worstPlotted(mix) !== 'kernel-wise-prealloc')
  return [
    claim({
      id: 'eclip-p95',
      paper: `ECLIP: p95 latency about ${signed(paper)} on average`,
      ours: `${signed(eclip)}, and ${signed(meanOf(mixes, 'kernel-wise-prealloc', 'p95'))} for KW-Prealloc`,
      holds: eclip <= paper + 0.02,
      otherwise: 'switches and smaller partitions lengthen requests more than in the paper',
    }),
    claim({
      id: 'prealloc-p95',
      paper: 'KW-Prealloc has the worst p95 latency',
      ours: `worst in ${mixes.length - notWorst.length} of ${mixes.length} mixes`,
      holds: notWorst.length === 0,
      otherwise: `worse elsewhere: ${notWorst.map((mix) => `Mix ${mix.mix.id} (${worstPlotted(mix)})`).join(', ')}; there the partitions shield small kernels from large ones, which outweighs the barriers`,
    }),
  ]
}

function policyClaims(mixes: readonly MixResult[]): Claim[] {
  const notLowest = mixes.filter((mix) => lowestPlotted(mix) !== 'kernel-wise-prealloc')
  const modelWise = mixes.map((mix) => relative(mix, 'model-wise').throughput)
  const better = modelWise.filter((gain) => gain > 1 + TIE).length
  const worse = modelWise.filter((gain) => gain < 1 - TIE).length
  const ioctl = mixes.filter((mix) => isBelowPlotted(mix))
  const third = mixes.find((mix) => mix.mix.id === 3)
  return [
    claim({
      id: 'prealloc-throughput',
      paper: 'KW-Prealloc has the lowest throughput',
      ours: `lowest in ${mixes.length - notLowest.length} of ${mixes.length} mixes`,
      holds: notLowest.length === 0,
      otherwise: `not in ${notLowest.map((mix) => `Mix ${mix.mix.id}`).join(', ')}: few kernels change size there, or Baseline lets large kernels starve the others`,
    }),
    claim({
      id: 'model-wise-inconsistent',
      paper: 'Model-Wise is inconsistent: better than Baseline in some mixes, not in others',
      ours: `better in ${better}, worse in ${worse} of ${mixes.length} mixes`,
      holds: better > 0 && better < mixes.length,
      otherwise: 'it goes one way in all mixes',
    }),
    ...(third ? [modelWiseThird(third)] : []),
    claim({
      id: 'ioctl-unusable',
      paper: 'KW-IOCTL is too slow to plot',
      ours: `slower than every plotted scenario in ${ioctl.length} of ${mixes.length} mixes; throughput ${signed(meanOf(mixes, 'kernel-wise-ioctl', 'throughput'))} on average`,
      holds: ioctl.length === mixes.length,
      otherwise: `not in ${mixes
        .filter((mix) => !ioctl.includes(mix))
        .map((mix) => `Mix ${mix.mix.id}`)
        .join(', ')}, where kernels are long beside a mask call`,
    }),
    ...runAheadClaims(mixes),
  ]
}

function modelWiseThird(third: MixResult): Claim {
  const { p95 } = relative(third, 'model-wise')
  return claim({
    id: 'model-wise-p95-mix-3',
    paper:
      'Model-Wise has a bad p95 in Mix 3 (no better than Baseline): the kernels of vgg19 want all CUs',
    ours: `${signed(p95)} against Baseline, ${signed(p95 / relative(third, 'eclip').p95)} against ECLIP`,
    holds: p95 >= 1 - TIE,
    otherwise:
      'worse than ECLIP but better than Baseline, where the kernels of vgg19 starve the other two workers more than any partition does',
  })
}

/**
 * Mix 7 runs the same model three times. All that partitions can mend there is unequal progress
 * under Baseline.
 */
function runAheadClaims(mixes: readonly MixResult[]): Claim[] {
  const equals = mixes.find((mix) => mix.mix.id === 7)
  if (!equals) return []
  const base = resultOf(equals, 'baseline').metrics.fairness
  const ours = resultOf(equals, 'eclip').metrics.fairness
  return [
    claim({
      id: 'run-ahead-mix-7',
      paper: 'Mix 7: Baseline lets some workers run ahead',
      ours: `lowest over highest rate ${base.toFixed(2)} under Baseline, ${ours.toFixed(2)} under ECLIP`,
      holds: base < ours - 0.05,
      otherwise: 'the dispatcher of the model is fair to equal workers',
    }),
  ]
}

function tableClaims(mixes: readonly MixResult[]): Claim[] {
  const switches = (mix: MixResult, policy: string): number => resultOf(mix, policy).switches
  const exact = mixes.filter((m) => switches(m, 'kernel-wise-ioctl') === m.mix.switches.ioctl)
  const within = mixes.filter((m) => resultOf(m, 'eclip').mostSwitchesOfWorker <= PAPER_BUDGET)
  const ordered = mixes.filter(
    (m) =>
      switches(m, 'kernel-wise-ioctl') > switches(m, 'kernel-wise-prealloc') &&
      switches(m, 'kernel-wise-prealloc') > switches(m, 'eclip'),
  )
  const of = (held: readonly MixResult[]): string => `${held.length} of ${mixes.length} mixes`
  return [
    claim({
      id: 'table-ioctl',
      paper: 'Table I: one mask call a kernel under KW-IOCTL',
      ours: `the same count in ${of(exact)}`,
      holds: exact.length === mixes.length,
      otherwise: 'the profiles have other kernels than PyTorch 1.12 with MIOpen launched',
    }),
    claim({
      id: 'table-eclip',
      paper: `Table I: at most ${PAPER_BUDGET} switches a worker under ECLIP`,
      ours: `within the budget in ${of(within)}`,
      holds: within.length === mixes.length,
      otherwise: 'the optimizer exceeded its budget',
    }),
    claim({
      id: 'table-order',
      paper: 'Table I: fewer switches from KW-IOCTL to KW-Prealloc to ECLIP',
      ours: `in this order in ${of(ordered)}`,
      holds: ordered.length === mixes.length,
      otherwise: `not in ${mixes
        .filter((mix) => !ordered.includes(mix))
        .map((mix) => `Mix ${mix.mix.id}`)
        .join(', ')}`,
    }),
  ]
}

function maskClaim(costs: readonly MaskCost[]): Claim {
  const worst = Math.max(...costs.map((cost) => cost.worstUs))
  const longest = costs.map((cost) => cost.kernelUs)
  return claim({
    id: 'mask-cost',
    paper: `a mask call takes up to ${paperMaskCall.maskCallUs} µs before a kernel of ${paperMaskCall.kernelUs} µs`,
    ours: `up to ${worst.toFixed(1)} µs before the ${costs.length} longest kernels of albert, of ${Math.min(...longest).toFixed(0)} to ${Math.max(...longest).toFixed(0)} µs`,
    holds: worst > mean(longest),
    otherwise: 'the kernels of this profile are longer than the mask call',
  })
}

function streamsClaim(streams: readonly StreamLatency[]): Claim {
  const latency = (count: number): number => streams[count - 1].meanMs
  const { flatTo } = paperStreams
  // A single stream needs no barriers, so the flat part of the curve starts at two.
  const flat = latency(flatTo) / latency(2)
  const steep = latency(streams.length) / latency(flatTo)
  return claim({
    id: 'streams-knee',
    paper: `latency is flat up to ${flatTo} masked streams, then climbs`,
    ours: `${signed(flat)} from 2 to ${flatTo} streams, ${signed(steep)} from ${flatTo} to ${streams.length}`,
    holds: Math.abs(flat - 1) < 0.05 && steep > 1.2,
    otherwise: 'the device bears more streams',
  })
}

function budgetClaim(budgets: readonly AblationPoint[]): Claim {
  const at = (value: number): number =>
    budgets.find((p) => p.value === value)?.throughput ?? Number.NaN
  const low = at(0)
  const chosen = at(PAPER_BUDGET)
  const most = budgets[budgets.length - 1]
  return claim({
    id: 'budget-14',
    paper: `a budget of ${PAPER_BUDGET} switches: little gain above, slower below`,
    ours: `throughput against Baseline ${signed(low)} at 0, ${signed(chosen)} at ${PAPER_BUDGET}, ${signed(most.throughput)} at ${most.value}`,
    holds: low < chosen && most.throughput - chosen < 0.02,
    otherwise:
      'the optimizer does not know what a barrier costs; fixed partitions already separate the workers, and switches between them cost about what they give or more',
  })
}

/** The plotted policy with the highest value of a measure; ECLIP where it ties with others. */
function best(mix: MixResult, measure: keyof Relative): string {
  const value = (policy: string): number => relative(mix, policy)[measure]
  const top = [...plotted].sort((a, b) => value(b) - value(a))[0]
  return value('eclip') >= value(top) * (1 - TIE) ? 'eclip' : top
}

function lowestPlotted(mix: MixResult): string {
  return [...plotted].sort((a, b) => relative(mix, a).throughput - relative(mix, b).throughput)[0]
}

function worstPlotted(mix: MixResult): string {
  return [...plotted].sort((a, b) => relative(mix, b).p95 - relative(mix, a).p95)[0]
}

function isBelowPlotted(mix: MixResult): boolean {
  const { throughput } = relative(mix, 'kernel-wise-ioctl')
  return plotted.every((policy) => throughput < relative(mix, policy).throughput)
}

function times(mix: MixResult, policy: string, measure: keyof Relative): string {
  return relative(mix, policy)[measure].toFixed(2)
}

/** A ratio as a change: `+13%`. */
function signed(ratio: number): string {
  const percent = (ratio - 1) * 100
  return `${percent < 0 ? '\u2212' : '+'}${Math.abs(percent).toFixed(Math.abs(percent) < 9.95 ? 1 : 0)}%`
}
