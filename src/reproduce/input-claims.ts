import { mean } from '../numbers.js'
import { type Claim, claim, mixNames, shareOf, signed } from './claim.js'
import type { MaskCost, StreamLatency } from './motivation.js'
import {
  NEAR_OPTIMAL,
  NEAR_OPTIMAL_GAP,
  PAPER_BUDGET,
  paperMaskCall,
  paperStreams,
} from './paper.js'
import { resultOf } from './relative.js'
import type { MixResult } from './run-mix.js'

/** Table I: the counts beside the paper's, their order, and the numbers that the model was given. */
export function tableClaims(mixes: readonly MixResult[]): Claim[] {
  const hasCalls = mixes.every((mix) => mix.policies.has(IOCTL))
  return [
    ...(hasCalls ? [callsClaim(mixes)] : []),
    budgetKept(mixes),
    countsClaim(mixes, 'prealloc'),
    countsClaim(mixes, 'eclip'),
    ...(hasCalls ? [orderClaim(mixes)] : []),
  ]
}

const IOCTL = 'kernel-wise-ioctl'
const COLUMNS = {
  prealloc: { policy: 'kernel-wise-prealloc', name: 'KW-Prealloc' },
  eclip: { policy: 'eclip', name: 'ECLIP' },
} as const

function callsClaim(mixes: readonly MixResult[]): Claim {
  const exact = mixes.filter((mix) => resultOf(mix, IOCTL).switches === mix.mix.switches.ioctl)
  return claim({
    id: 'table-ioctl',
    kind: 'input',
    paper: 'Table I: one mask call a kernel under KW-IOCTL',
    ours: `the same count in ${ofMixes(exact, mixes)}: the launch rules were derived from it`,
    value: shareOf(exact, mixes),
    unit: 'share of mixes',
    holds: exact.length === mixes.length,
    otherwise: 'the profiles have other kernels than PyTorch 1.12 with MIOpen launched',
  })
}

function budgetKept(mixes: readonly MixResult[]): Claim {
  const within = mixes.filter((m) => resultOf(m, 'eclip').mostSwitchesOfWorker <= PAPER_BUDGET)
  return claim({
    id: 'table-eclip',
    kind: 'input',
    paper: `Table I: at most ${PAPER_BUDGET} switches a worker under ECLIP`,
    ours: `within the budget in ${ofMixes(within, mixes)}: the optimizer is given it`,
    value: shareOf(within, mixes),
    unit: 'share of mixes',
    holds: within.length === mixes.length,
    otherwise: 'the optimizer exceeded its budget',
  })
}

function countsClaim(mixes: readonly MixResult[], column: keyof typeof COLUMNS): Claim {
  const { policy, name } = COLUMNS[column]
  const off = (m: MixResult, of: string = policy): number =>
    resultOf(m, of).switches / m.mix.switches[column]
  const isNear = (m: MixResult, of: string = policy): boolean => Math.abs(off(m, of) - 1) <= NEAR
  const near = mixes.filter((mix) => isNear(mix))
  const stopped =
    column === 'eclip' && mixes.every((mix) => mix.policies.has(NEAR_OPTIMAL))
      ? `; in ${ofMixes(
          mixes.filter((mix) => isNear(mix, NEAR_OPTIMAL)),
          mixes,
        )} if the optimizer stops within ${100 * NEAR_OPTIMAL_GAP}%`
      : ''
  const others = mixes.filter((mix) => !near.includes(mix))
  return claim({
    id: `table-${column}-counts`,
    paper: `Table I: the switches of ${name}`,
    ours: `within a third of the paper's in ${ofMixes(near, mixes)}${stopped}`,
    value: shareOf(near, mixes),
    unit: 'share of mixes',
    holds: others.length === 0,
    otherwise: others.map((mix) => `Mix ${mix.mix.id}: ${signed(off(mix))}`).join(', '),
  })
}

function orderClaim(mixes: readonly MixResult[]): Claim {
  const switches = (mix: MixResult, policy: string): number => resultOf(mix, policy).switches
  const ordered = mixes.filter(
    (mix) =>
      switches(mix, IOCTL) > switches(mix, 'kernel-wise-prealloc') &&
      switches(mix, 'kernel-wise-prealloc') > switches(mix, 'eclip'),
  )
  return claim({
    id: 'table-order',
    paper: 'Table I: fewer switches from KW-IOCTL to KW-Prealloc to ECLIP',
    ours: `in this order in ${ofMixes(ordered, mixes)}`,
    value: shareOf(ordered, mixes),
    unit: 'share of mixes',
    holds: ordered.length === mixes.length,
    otherwise: `not in ${mixNames(mixes.filter((mix) => !ordered.includes(mix)))}`,
  })
}

function ofMixes(some: readonly MixResult[], all: readonly MixResult[]): string {
  return `${some.length} of ${all.length} mixes`
}

/** A count is near the paper's if it differs by at most a third of it. */
const NEAR = 1 / 3

/** Observation 1 of the paper. */
export function maskClaim(costs: readonly MaskCost[]): Claim {
  const worst = Math.max(...costs.map((cost) => cost.worstUs))
  const longest = costs.map((cost) => cost.kernelUs)
  return claim({
    id: 'mask-cost',
    paper: `a mask call takes up to ${paperMaskCall.maskCallUs} µs, longer than the kernel of ${paperMaskCall.kernelUs} µs that it precedes`,
    ours: `up to ${worst.toFixed(1)} µs (an input) before the ${costs.length} longest kernels of albert, of ${Math.min(...longest).toFixed(0)} to ${Math.max(...longest).toFixed(0)} µs`,
    value: worst / mean(longest),
    holds: worst > mean(longest),
    otherwise: 'the kernels of this profile are longer than the mask call',
  })
}

/** Observation 2 of the paper. The model is given the number of queues. */
export function streamsClaim(streams: readonly StreamLatency[]): Claim {
  const latency = (count: number): number => streams[count - 1].meanMs
  const { flatTo } = paperStreams
  // A single stream needs no barriers, so the flat part of the curve starts at two.
  const flat = latency(flatTo) / latency(2)
  const steep = latency(streams.length) / latency(flatTo)
  return claim({
    id: 'streams-knee',
    kind: 'input',
    paper: `latency is flat up to ${flatTo} masked streams, then climbs`,
    ours: `${signed(flat)} from 2 to ${flatTo} streams, ${signed(steep)} from ${flatTo} to ${streams.length}: the model is told the number of queues`,
    value: steep,
    holds: Math.abs(flat - 1) < 0.05 && steep > 1.2,
    otherwise: 'the device bears more streams',
  })
}
