import type { FrontPoint } from './front.js'

/** What an optimizer of ECLIP's objective found and what it proved. */
export interface Solution {
  /** One assignment per worker. */
  readonly points: readonly FrontPoint[]
  /** Sum over workers of weight times the sum of e_k, in µs. */
  readonly objective: number
  /** Proven lower bound of the objective in µs. */
  readonly bound: number
  /** Number of hull edges or boxes examined, which is the cost of the proof. */
  readonly steps: number
  readonly method: string
}

/**
 * Whose average CUs slow a kernel down: those of all workers, including its own, or only those of
 * the others.
 */
export type Slowdown = 'all-workers' | 'other-workers'

/**
 * ECLIP's objective (section 4.2): the sum over workers of weight * time * (1 + alpha), where alpha
 * is the average CUs in use by all workers, or by the others only, divided by the device's CUs.
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
