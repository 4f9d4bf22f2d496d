import { mean } from '../numbers.js'
import { meanOf, type Relative } from './relative.js'
import type { MixResult } from './run-mix.js'

/** One statement of the paper beside our result. */
export interface Claim {
  readonly id: string
  /** An `input` is something that the model was built from, so its agreement confirms nothing. */
  readonly kind: 'claim' | 'input'
  readonly paper: string
  readonly ours: string
  /** The figure on which the verdict is based. */
  readonly value: number
  /** What the figure is: a ratio, or the share of the mixes in which a statement is true. */
  readonly unit: 'ratio' | 'share of mixes'
  readonly holds: boolean
  /** Why the model disagrees, according to its own ablations; empty if the claim holds. */
  readonly why: string
}

/** The parts of a claim, with the reason to give in case the claim differs. */
export type Judgement = Omit<Claim, 'why' | 'kind' | 'unit'> & {
  readonly kind?: Claim['kind']
  readonly unit?: Claim['unit']
  readonly otherwise: string
}

/** A claim that gives its reason only if it differs. */
export function claim({ otherwise, kind = 'claim', unit = 'ratio', ...rest }: Judgement): Claim {
  return { ...rest, kind, unit, why: rest.holds ? '' : otherwise }
}

export type Verdict = 'holds' | 'differs' | 'input' | 'input not met'

/** The word for a claim. An input is `met`, since it is not a claim that could hold. */
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

/** Rates that differ by less than this count as equal. */
export const TIE = 0.005
/** A change is confirmed if ours is at least and at most these parts of the paper's. */
const CONFIRMED = { least: 0.5, most: 1.5 } as const

/** Whether a ratio changes as the paper's does: in the same direction, and by about as much. */
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

/** The mix in which a policy gains the most. */
export function bestMix(
  mixes: readonly MixResult[],
  policy: string,
  measure: keyof Relative,
): MixResult {
  const gain = (mix: MixResult): number => meanOf([mix], policy, measure)
  return mixes.reduce((a, b) => (gain(b) > gain(a) ? b : a))
}

/** A policy's mean gain without its best mix. If there is only one mix, its gain there. */
export function withoutBest(
  mixes: readonly MixResult[],
  policy: string,
  measure: keyof Relative,
): number {
  const carrier = bestMix(mixes, policy, measure)
  const others = mixes.filter((mix) => mix !== carrier)
  return meanOf(others.length > 0 ? others : mixes, policy, measure)
}

/** The share of the mixes, 0 to 1. */
export function shareOf(some: readonly MixResult[], all: readonly MixResult[]): number {
  return mean(all.map((mix) => (some.includes(mix) ? 1 : 0)))
}
