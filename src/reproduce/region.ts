import { quantileSorted } from '../numbers.js'
import { createRandom } from '../random.js'
import type { Claim } from './claim.js'
import { allChecks, type Check, checkedOf, isConsistent } from './evidence.js'
import { judgeModel } from './judge-model.js'
import { latinHypercube } from './latin-hypercube.js'
import { type PaperMix, poolPolicies } from './paper.js'
import type { Model } from './perturb.js'
import { RANGES, type Range, valueAt, withValues } from './ranges.js'
import { rankCorrelation } from './rank-correlation.js'
import type { Setup } from './setup.js'

/** A claim over all models that agree with the evidence. */
export interface RegionClaim extends Pick<Claim, 'id' | 'kind' | 'paper' | 'unit'> {
  /** The share of the models in which the claim holds. */
  readonly holds: number
  /** The range of the figure of the verdict over the models. */
  readonly least: number
  readonly median: number
  readonly most: number
  /** The parameter with which the figure is most strongly correlated, and Spearman's rank correlation with it. */
  readonly goesWith: { readonly parameter: string; readonly correlation: number }
}

/** A range, and the part of it that agrees with the evidence. */
export interface RegionRange extends Range {
  readonly leastConsistent: number
  readonly mostConsistent: number
}

/** The part of the parameter space that agrees with the evidence, and what the claims come to there. */
export interface Region {
  /** Parameter sets drawn, how many of them agree with the evidence, and how many of those were judged. */
  readonly drawn: number
  readonly consistent: number
  readonly judged: number
  /** The evidence beside the model that ships. */
  readonly checks: readonly Check[]
  readonly ranges: readonly RegionRange[]
  readonly claims: readonly RegionClaim[]
}

export interface RegionOptions {
  readonly draws: number
  /** The most sets to judge. All sets are compared with the evidence. */
  readonly most: number
  readonly seed: number
  readonly mixes?: readonly PaperMix[]
  readonly setupOf: (model: Model) => Setup
  readonly onStep: (text: string) => void
}

/**
 * Draws parameter sets from the ranges, keeps those that agree with everything published, and judges every claim in
 * each of them, except claims about masks set before every kernel.
 */
export async function exploreRegion(model: Model, options: RegionOptions): Promise<Region> {
  const { draws, most, seed, setupOf, onStep } = options
  const random = createRandom(seed)
  const consistent: ReadonlyMap<string, number>[] = []
  const points = latinHypercube(draws, RANGES.length, random)
  for (const [i, point] of points.entries()) {
    onStep(`evidence of parameter set ${i + 1} of ${draws}`)
    const values = new Map(RANGES.map((range, d) => [range.parameter, valueAt(range, point[d])]))
    if (await isConsistent(checkedOf(setupOf(withValues(model, values))))) consistent.push(values)
  }
  const judged = consistent.slice(0, most)
  const claims: Claim[][] = []
  for (const [i, values] of judged.entries()) {
    onStep(`claims under parameter set ${i + 1} of ${judged.length}`)
    claims.push(await judgeModel(setupOf(withValues(model, values)), options.mixes, poolPolicies))
  }
  return {
    drawn: draws,
    consistent: consistent.length,
    judged: judged.length,
    checks: await allChecks(checkedOf(setupOf(model))),
    ranges: RANGES.map((range) => rangeLeft(range, consistent)),
    claims: claims.length === 0 ? [] : claims[0].map((_, c) => overModels(claims, c, judged)),
  }
}

function rangeLeft(range: Range, consistent: readonly ReadonlyMap<string, number>[]): RegionRange {
  const values = consistent.map((set) => set.get(range.parameter)!)
  return { ...range, leastConsistent: Math.min(...values), mostConsistent: Math.max(...values) }
}

/** One claim over all the models: in how many it holds, how far its figure ranges, and what moves it. */
function overModels(
  models: readonly (readonly Claim[])[],
  index: number,
  sets: readonly ReadonlyMap<string, number>[],
): RegionClaim {
  const claims = models.map((model) => model[index])
  const { id, kind, paper, unit } = claims[0]
  const values = claims.map(({ value }) => value)
  const ascending = values.filter(Number.isFinite).sort((a, b) => a - b)
  const correlations = RANGES.map(({ parameter }) => ({
    parameter,
    correlation: rankCorrelation(
      sets.map((set) => set.get(parameter)!),
      values,
    ),
  }))
  return {
    id,
    kind,
    paper,
    unit,
    holds: claims.filter(({ holds }) => holds).length / claims.length,
    least: ascending[0],
    median: quantileSorted(ascending, 0.5),
    most: ascending[ascending.length - 1],
    goesWith: correlations.reduce((a, b) =>
      Math.abs(b.correlation) > Math.abs(a.correlation) ? b : a,
    ),
  }
}
