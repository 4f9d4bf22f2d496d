import { mean } from '../numbers.js'
import { meanOf, type Relative } from './relative.js'
import type { MixResult } from './run-mix.js'

/** One statement of the paper beside ours. */
export interface Claim {
  readonly id: string
  /** An `input` is what the model was built from: that it agrees confirms nothing. */
  readonly kind: 'claim' | 'input'
  readonly paper: string
  readonly ours: string
  /** The figure that the verdict is taken from. */
  readonly value: number
  /** What the figure is: a ratio to something, or the share of the mixes in which a statement is true. */
  readonly unit: 'ratio' | 'share of mixes'
  readonly holds: boolean
  /** Why the model disagrees, from its own ablations; empty where the claim holds. */
  readonly why: string
}

/** What a claim is made of, with the reason as it would read if the claim differs. */
export type Judgement = Omit<Claim, 'why' | 'kind' | 'unit'> & {
  readonly kind?: Claim['kind']
  readonly unit?: Claim['unit']
  readonly otherwise: string
}

/** A claim that gives its reason only where it differs. */
export function claim({ otherwise, kind = 'claim', unit = 'ratio', ...rest }: Judgement): Claim {
  return { ...rest, kind, unit, why: rest.holds ? '' : otherwise }
}

export type Verdict = 'holds' | 'differs' | 'input' | 'input not met'

/** The word for a claim: an input that is met is not a claim that holds. */
export function verdictOf({ kind, holds }: Pick<Claim, 'kind' | 'holds'>): Verdict {
  if (kind === 'input') return holds ? 'input' : 'input not met'
  return holds ? 'holds' : 'differs'
}

/** `4 of 16 claims hold` and what is said beside it. */
export function tally(claims: readonly Pick<Claim, 'kind' | 'holds'>[]): string {
  const judged = claims.filter(({ kind }) => kind === 'claim')
  const held = judged.filter(({ holds }) => holds).length
  return `${held} of ${judged.length} claims hold; ${claims.length - judged.length} more are inputs`
}

/** Rates that are closer than this count as equal. */
export const TIE = 0.005
/** A change is confirmed if ours is at least so much of the paper's, and at most so much. */
const CONFIRMED = { least: 0.5, most: 1.5 } as const

/** Whether a ratio is changed as the paper's is: the same way, and about as much. */
export function confirms(ours: number, paper: number): boolean {
  const part = (ours - 1) / (paper - 1)
  return part >= CONFIRMED.least && part <= CONFIRMED.most
}

/** A ratio as a change: `+13%`. */
export function signed(ratio: number): string {
  const percent = (ratio - 1) * 100
  return `${percent < 0 ? '\u2212' : '+'}${Math.abs(percent).toFixed(Math.abs(percent) < 9.95 ? 1 : 0)}%`
}

/** `Mix 1, Mix 4`. */
export function mixNames(mixes: readonly MixResult[]): string {
  return mixes.map(({ mix }) => `Mix ${mix.id}`).join(', ')
}

/** The mix in which a policy gains most. */
export function bestMix(
  mixes: readonly MixResult[],
  policy: string,
  measure: keyof Relative,
): MixResult {
  const gain = (mix: MixResult): number => meanOf([mix], policy, measure)
  return mixes.reduce((a, b) => (gain(b) > gain(a) ? b : a))
}

/** A policy's mean gain without the mix that carries it; that of the only mix if there is but one. */
export function withoutBest(
  mixes: readonly MixResult[],
  policy: string,
  measure: keyof Relative,
): number {
  const carrier = bestMix(mixes, policy, measure)
  const others = mixes.filter((mix) => mix !== carrier)
  return meanOf(others.length > 0 ? others : mixes, policy, measure)
}

/** Share of the mixes. */
export function shareOf(some: readonly MixResult[], all: readonly MixResult[]): number {
  return mean(all.map((mix) => (some.includes(mix) ? 1 : 0)))
}
