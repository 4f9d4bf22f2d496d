import { sum } from '../numbers.js'

/** How long one launch took beside others, as simulated. */
export interface Observation {
  /** Launches of each class beside it. */
  readonly others: readonly number[]
  readonly timeUs: number
}

/** Ridge term that keeps a fit of few observations stable. It is small against one launch squared. */
const RIDGE = 1e-3

/**
 * Estimates how long a launch takes beside others from a few simulated cases. The logarithm of its
 * time is modelled as linear in the launches of each class beside it and in the logarithm of their
 * total number: the first companion costs most, and once the device is full each further launch
 * costs in proportion. Fitted by least squares.
 */
export class Slowdown {
  readonly #weights: readonly number[]

  /** @param observations at least one */
  constructor(observations: readonly Observation[]) {
    const rows = observations.map(({ others }) => featuresOf(others))
    const values = observations.map(({ timeUs }) => Math.log(timeUs))
    this.#weights = leastSquares(rows, values)
  }

  /** Expected time in µs beside the given number of launches of each class, which need not be whole. */
  timeUs(others: readonly number[]): number {
    const features = featuresOf(others)
    return Math.exp(sum(features.map((x, i) => x * this.#weights[i])))
  }
}

function featuresOf(others: readonly number[]): number[] {
  return [1, ...others, Math.log1p(sum(others))]
}

/** Solves the normal equations by elimination; they are symmetric and, with the ridge, definite. */
function leastSquares(rows: readonly number[][], values: readonly number[]): number[] {
  const size = rows[0].length
  const matrix = Array.from({ length: size }, (_, i) => {
    const products = Array.from({ length: size }, (_, j) =>
      rows.reduce((total, row) => total + row[i] * row[j], i === j && i > 0 ? RIDGE : 0),
    )
    return [...products, sum(rows.map((row, r) => row[i] * values[r]))]
  })
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue
      const factor = matrix[row][pivot] / matrix[pivot][pivot]
      for (let j = pivot; j <= size; j++) matrix[row][j] -= factor * matrix[pivot][j]
    }
  }
  return matrix.map((row, i) => row[size] / row[i])
}
