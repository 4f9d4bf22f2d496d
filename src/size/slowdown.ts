import { leastSquares } from '../least-squares.js'

/** How long one launch took beside others, as simulated. */
export interface Observation {
  /** Launches of each class beside it. */
  readonly others: readonly number[]
  readonly timeUs: number
}

/** Keeps the fit of few observations from running away; small against one launch squared. */
const RIDGE = 1e-3

/**
 * How long a launch takes beside others, from a few simulated cases. The logarithm of its time is
 * taken as linear in the launches of each class beside it and in the logarithm of all that run: the
 * first company costs most, and where the device is full each further launch costs in proportion.
 * Fitted by least squares.
 */
export class Slowdown {
  readonly #weights: readonly number[]

  /** @param observations at least one */
  constructor(observations: readonly Observation[]) {
    const rows = observations.map(({ others }) => featuresOf(others))
    const values = observations.map(({ timeUs }) => Math.log(timeUs))
    // The first unknown is the logarithm of the time alone, and free.
    this.#weights = leastSquares(rows, values, [0, ...rows[0].slice(1).map(() => RIDGE)])
  }

  /** Expected time in µs beside so many launches of each class, which may be fractions of one. */
  timeUs(others: readonly number[]): number {
    const features = featuresOf(others)
    return Math.exp(features.reduce((total, x, i) => total + x * this.#weights[i], 0))
  }
}

function featuresOf(others: readonly number[]): number[] {
  const total = others.reduce((sum, count) => sum + count, 0)
  return [1, ...others, Math.log1p(total)]
}
