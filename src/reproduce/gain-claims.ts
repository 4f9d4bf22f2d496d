import type { AblationPoint } from './ablations.js'
import { bestMix, type Claim, claim, confirms, shareOf, signed, TIE, withoutBest } from './claim.js'
import { PAPER_BUDGET, paperResults, plotted, UNSWITCHED } from './paper.js'
import { latencySpread, switchesEffect, togetherWithRivals } from './reasons.js'
import { meanOf, type Relative, relative } from './relative.js'
import type { MixResult } from './run-mix.js'

/** What the paper says about ECLIP's own gain, measure by measure. */
export function gainClaims(mixes: readonly MixResult[]): Claim[] {
  const { throughput, requestsPerWatt } = paperResults
  return [
    bestClaim(mixes),
    meanClaim('eclip-throughput-mean', mixes, 'throughput', throughput.mean),
    mostClaim('eclip-throughput-most', mixes, 'throughput', throughput),
    meanClaim('eclip-energy-mean', mixes, 'requestsPerWatt', requestsPerWatt.mean),
    mostClaim('eclip-energy-most', mixes, 'requestsPerWatt', requestsPerWatt),
    meanClaim('eclip-p95', mixes, 'p95', paperResults.p95.mean),
    switchesClaim(mixes),
  ]
}

function bestClaim(mixes: readonly MixResult[]): Claim {
  const won = mixes.filter((mix) => best(mix, 'throughput') === 'eclip')
  const wonInSpeedup = mixes.filter((mix) => best(mix, 'weightedSpeedup') === 'eclip')
  const lost = mixes.filter((mix) => !won.includes(mix))
  return claim({
    id: 'eclip-best',
    paper: 'ECLIP has the best throughput in every mix',
    ours: `best in ${won.length} of ${mixes.length} mixes by requests/s, in ${wonInSpeedup.length} by weighted speedup`,
    value: shareOf(won, mixes),
    unit: 'share of mixes',
    holds: lost.length === 0,
    otherwise: `${lost.map((mix) => togetherWithRivals(mix, best(mix, 'throughput'))).join('; ')}. ${switchesEffect(lost, 'throughput')}`,
  })
}

const MEASURES = {
  throughput: 'throughput',
  requestsPerWatt: 'requests per watt',
  p95: 'p95 latency',
} as const
type Measure = keyof typeof MEASURES

function meanClaim(
  id: string,
  mixes: readonly MixResult[],
  measure: Measure,
  paper: number,
): Claim {
  const ours = meanOf(mixes, 'eclip', measure)
  const carrier = bestMix(mixes, 'eclip', measure).mix.id
  const rest = withoutBest(mixes, 'eclip', measure)
  return claim({
    id,
    paper: `ECLIP: ${signed(paper)} ${MEASURES[measure]} on average`,
    ours: `${signed(ours)}; ${signed(rest)} without Mix ${carrier}, its highest${measure === 'p95' ? '' : `; ${signed(meanOf(mixes, 'eclip', 'weightedSpeedup'))} weighted speedup`}`,
    value: ours,
    holds: confirms(ours, paper),
    otherwise: `not between half and one and a half of the paper's: ${measure === 'p95' ? latencySpread(mixes) : switchesEffect(mixes, measure)}`,
  })
}

function mostClaim(
  id: string,
  mixes: readonly MixResult[],
  measure: 'throughput' | 'requestsPerWatt',
  paper: { readonly most: number; readonly mostInMix: number },
): Claim {
  const most = bestMix(mixes, 'eclip', measure)
  const gain = relative(most, 'eclip')[measure]
  const there = mixes.find(({ mix }) => mix.id === paper.mostInMix)
  const inPaperMix = there
    ? `; Mix ${paper.mostInMix}: ${signed(relative(there, 'eclip')[measure])}`
    : ''
  return claim({
    id,
    paper: `ECLIP: at most ${signed(paper.most)} ${MEASURES[measure]}, in Mix ${paper.mostInMix}`,
    ours: `at most ${signed(gain)}, in Mix ${most.mix.id}${inPaperMix}`,
    value: gain,
    holds: most === there && confirms(gain, paper.most),
    otherwise: there ? switchesEffect([there], measure) : 'the mix of the paper was not run',
  })
}

/** The gain comes from kernel-wise switching only if fixed streams of the same pool do not have it. */
function switchesClaim(mixes: readonly MixResult[]): Claim {
  const change = (measure: keyof Relative): number =>
    meanOf(mixes, 'eclip', measure) / meanOf(mixes, UNSWITCHED, measure)
  const [throughput, speedup] = [change('throughput'), change('weightedSpeedup')]
  return claim({
    id: 'switches-gain',
    paper: 'ECLIP gains by changing the partition from kernel to kernel',
    ours: `against its own pool with no switch allowed: ${signed(throughput)} throughput, ${signed(speedup)} weighted speedup`,
    value: throughput,
    holds: throughput > 1 + TIE && speedup > 1 + TIE,
    otherwise: switchesEffect(mixes, 'weightedSpeedup'),
  })
}

/** How throughput depends on the switch budget. */
export function budgetClaim(budgets: readonly AblationPoint[]): Claim {
  const at = (value: number): number =>
    budgets.find((p) => p.value === value)?.throughput ?? Number.NaN
  const [none, chosen] = [at(0), at(PAPER_BUDGET)]
  const most = budgets[budgets.length - 1]
  return claim({
    id: 'budget-14',
    paper: `a budget of ${PAPER_BUDGET} switches: little gain above, slower below`,
    ours: `throughput against Baseline ${signed(none)} at 0, ${signed(chosen)} at ${PAPER_BUDGET}, ${signed(most.throughput)} at ${most.value}`,
    value: chosen / none,
    holds: chosen > none * (1 + TIE) && most.throughput - chosen < 0.02,
    otherwise:
      chosen > none * (1 + TIE)
        ? `more switches than ${PAPER_BUDGET} still gain`
        : `a budget of 0 does as well: see the claim on what ECLIP gains by`,
  })
}

/** The plotted policy that is best at a measure; ECLIP if it shares the first place. */
function best(mix: MixResult, measure: keyof Relative): string {
  const value = (policy: string): number => relative(mix, policy)[measure]
  const top = [...plotted].sort((a, b) => value(b) - value(a))[0]
  return value('eclip') >= value(top) * (1 - TIE) ? 'eclip' : top
}
