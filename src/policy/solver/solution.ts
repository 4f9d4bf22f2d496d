import type { FrontPoint } from './front.js'

/** What an optimizer of ECLIP's objective found and proved. */
export interface Solution {
  /** One assignment per worker. */
  readonly points: readonly FrontPoint[]
  /** Sum over workers of weight times the sum of e_k, in µs. */
  readonly objective: number
  /** Proven lower bound of the objective in µs. */
  readonly bound: number
  /** Edges of the hull, or boxes of it, that were looked at: what the proof took. */
  readonly steps: number
  readonly method: string
}

/**
 * Whose average CUs slow a kernel down: those of all workers, its own included, or only those of
 * the others.
 */
export type Slowdown = 'all-workers' | 'other-workers'

/**
 * ECLIP's objective (section 4.2): the sum over workers of weight * time * (1 + alpha), where
 * alpha is the average CUs in use by all workers, or by the others, over the device's CUs.
 */
export function objectiveOf(
  points: readonly Pick<FrontPoint, 'timeUs' | 'averageCus'>[],
  weights: readonly number[],
  totalCus: number,
  slowdown: Slowdown,
): number {
  let average = 0
  for (const point of points) average += point.averageCus
  let objective = 0
  points.forEach(({ timeUs, averageCus }, w) => {
    const overlap = slowdown === 'all-workers' ? average : average - averageCus
    objective += weights[w] * timeUs * (1 + overlap / totalCus)
  })
  return objective
}
