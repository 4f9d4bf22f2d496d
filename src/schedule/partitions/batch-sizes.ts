import { describe, expectIn, InputError } from '../../errors.js'
import { sum } from '../../numbers.js'
import type { Random } from '../../random.js'

/** Probability of each batch size at its index; index 0 is 0, the rest sum to 1. */
export type BatchDistribution = Float64Array

export interface LogNormalBatches {
  /** Median batch size. */
  readonly median: number
  /** Standard deviation of the logarithm. */
  readonly sigma: number
  readonly maxBatch: number
}

/**
 * If less than this share of a log-normal lies within the requested batches, its median is taken
 * for a typing error.
 */
const LEAST_INSIDE = 0.01

/**
 * Log-normal batch sizes, rounded to the nearest whole number and restricted to 1..maxBatch. The
 * probability beyond either end is spread over the rest in proportion: piling it up at the ends
 * would make the smallest and largest batches far too frequent.
 * @param asked where the distribution was given, for the error
 * @throws InputError when the parameters give no distribution
 */
export function logNormalBatches(
  { median, sigma, maxBatch }: LogNormalBatches,
  asked = 'batches',
): BatchDistribution {
  const expect = expectIn(asked)
  const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value)
  const isBatch = Number.isInteger(maxBatch) && maxBatch > 0
  expect(isPositive(median), 'median', 'a number above 0', describe(median))
  expect(isPositive(sigma), 'sigma', 'a number above 0', describe(sigma))
  expect(isBatch, 'maxBatch', 'a whole number above 0', describe(maxBatch))
  const below = (batch: number): number => normalCdf((Math.log(batch) - Math.log(median)) / sigma)
  const weights = new Float64Array(maxBatch + 1)
  for (let batch = 1; batch <= maxBatch; batch++) {
    weights[batch] = below(batch + 0.5) - below(batch - 0.5)
  }
  const inside = sum(weights)
  const within = `a median with 1% of its batches in 1..${maxBatch}`
  expect(inside > LEAST_INSIDE, 'median', within, describe(median))
  return normalize(weights, asked)
}

/**
 * A distribution from weights by batch size.
 * @param weights `[batch, weight]` pairs; a batch may appear once
 * @throws InputError for batches outside 1..maxBatch, repeated batches, and weights that are
 * negative or all zero
 */
export function weightedBatches(
  weights: readonly (readonly [batch: number, weight: number])[],
  maxBatch: number,
  file: string,
): BatchDistribution {
  const dense = new Float64Array(maxBatch + 1)
  const seen = new Set<number>()
  weights.forEach(([batch, weight], index) => {
    const fail = (expected: string, found: unknown): never => {
      const path = `entry ${index + 1}`
      throw new InputError({ file, path, expected, found: describe(found) })
    }
    if (!Number.isInteger(batch) || batch < 1 || batch > maxBatch) {
      fail(`a batch from 1 to ${maxBatch}`, batch)
    }
    if (seen.has(batch)) fail('each batch once', `batch ${batch} again`)
    if (!(weight >= 0) || !Number.isFinite(weight)) fail('a weight of 0 or more', weight)
    seen.add(batch)
    dense[batch] = weight
  })
  return normalize(dense, file)
}

/** Largest batch size with a probability above 0. */
export function largestBatch(distribution: BatchDistribution): number {
  for (let batch = distribution.length - 1; batch > 0; batch--) {
    if (distribution[batch] > 0) return batch
  }
  return 0
}

/** Draws batch sizes in constant time (Walker's alias method, Vose's construction). */
export function batchSampler(distribution: BatchDistribution, random: Random): () => number {
  const n = distribution.length
  const keep = new Float64Array(n)
  const alias = new Int32Array(n)
  const small: number[] = []
  const large: number[] = []
  for (let i = 0; i < n; i++) {
    keep[i] = distribution[i] * n
    ;(keep[i] < 1 ? small : large).push(i)
  }
  while (small.length > 0 && large.length > 0) {
    const under = small.pop()!
    const over = large.pop()!
    alias[under] = over
    keep[over] -= 1 - keep[under]
    ;(keep[over] < 1 ? small : large).push(over)
  }
  // The cells left over would hold exactly 1 if there were no rounding.
  for (const i of [...small, ...large]) keep[i] = 1
  return () => {
    const x = random.uniform() * n
    const cell = Math.floor(x)
    return x - cell < keep[cell] ? cell : alias[cell]
  }
}

function normalize(weights: Float64Array, file: string): BatchDistribution {
  const total = sum(weights)
  if (!(total > 0)) {
    throw new InputError({
      file,
      expected: 'a distribution with some weight on batches 1 and up',
      found: 'none',
    })
  }
  return weights.map((weight) => weight / total)
}

/** Standard normal distribution function (Abramowitz and Stegun 26.2.17, error below 7.5e-8). */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * polynomial
  return x >= 0 ? 1 - upper : upper
}
