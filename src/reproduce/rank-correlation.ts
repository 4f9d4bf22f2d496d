import { mean, sum } from '../numbers.js'

/**
 * Spearman's rank correlation of two lists of the same length, -1 to 1. Equal values share the mean of their ranks.
 * 0 if all values of one list are equal.
 */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [centred(ranks(a)), centred(ranks(b))]
  const norm = Math.sqrt(sum(x.map((v) => v * v)) * sum(y.map((v) => v * v)))
  return norm === 0 ? 0 : sum(x.map((v, i) => v * y[i])) / norm
}

function ranks(values: readonly number[]): number[] {
  const ascending = [...values].sort((a, b) => a - b)
  return values.map((value) => (ascending.indexOf(value) + ascending.lastIndexOf(value)) / 2)
}

function centred(values: readonly number[]): number[] {
  const middle = mean(values)
  return values.map((value) => value - middle)
}
