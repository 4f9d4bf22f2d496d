import { sum } from '../../numbers.js'
import type { Front, FrontPoint } from './front.js'
import { EPSILON } from './hull.js'
import { objectiveOf, type Solution } from './solution.js'

/** A vertex of the hull of all workers together, and the price of a CU at which it was found. */
interface Vertex {
  readonly points: readonly FrontPoint[]
  readonly timeUs: number
  readonly averageCus: number
  readonly price: number
}

/**
 * The exact optimum of ECLIP's objective with alpha as printed, (sum of weight * time) *
 * (1 + sum of average CUs / total CUs).
 *
 * Both factors are positive and linear in the point (sum of times, sum of averages), so the logarithm
 * of the product is concave and the product has its minimum over any set at a vertex of the
 * set's convex hull. The hull of a Minkowski sum is the sum of the workers' hulls, and a vertex of
 * it minimises time + price * average for some price, worker by worker: a dynamic program each.
 * Between two vertices no point lies below both supporting lines, so where these cross the product
 * is a lower bound for everything between: what cannot win is never explored.
 */
export function minimiseProduct(
  fronts: readonly Front[],
  weights: readonly number[],
  totalCus: number,
): Solution {
  const product = (timeUs: number, averageCus: number): number =>
    timeUs * (1 + averageCus / totalCus)
  const vertexAt = (points: readonly FrontPoint[], price: number): Vertex => ({
    points,
    timeUs: sum(points.map((point, w) => weights[w] * point.timeUs)),
    averageCus: sum(points.map((point) => point.averageCus)),
    price,
  })
  const explore = (price: number): Vertex =>
    vertexAt(
      fronts.map((front, w) => front.cheapest(price / weights[w])),
      price,
    )

  const fastest = explore(0)
  const smallest = vertexAt(
    fronts.map((front) => front.smallest()),
    Number.POSITIVE_INFINITY,
  )
  let best = smallest
  const consider = (vertex: Vertex): void => {
    const better = product(vertex.timeUs, vertex.averageCus) < product(best.timeUs, best.averageCus)
    if (better) best = vertex
  }
  consider(fastest)
  let steps = 0
  const edges: [Vertex, Vertex][] = [[fastest, smallest]]
  for (let edge = edges.pop(); edge; edge = edges.pop()) {
    steps++
    const [fast, small] = edge
    if (fast.averageCus <= small.averageCus || fast.timeUs >= small.timeUs) continue
    const corner = crossing(fast, small)
    if (product(corner.timeUs, corner.averageCus) >= product(best.timeUs, best.averageCus)) continue
    const price = (small.timeUs - fast.timeUs) / (fast.averageCus - small.averageCus)
    const between = explore(price)
    consider(between)
    const chord = fast.timeUs + price * fast.averageCus
    const below = chord - (between.timeUs + price * between.averageCus)
    if (below > EPSILON * chord) edges.push([between, small], [fast, between])
  }
  const objective = objectiveOf(best.points, weights, totalCus, 'all-workers')
  return { points: best.points, objective, bound: objective, steps, method: 'parametric switch DP' }
}

/** Where the supporting lines time + price * average of two vertices cross. */
function crossing(fast: Vertex, small: Vertex): { timeUs: number; averageCus: number } {
  const valueFast = fast.timeUs + fast.price * fast.averageCus
  if (small.price === Number.POSITIVE_INFINITY) {
    const { averageCus } = small
    return { timeUs: valueFast - fast.price * averageCus, averageCus }
  }
  const valueSmall = small.timeUs + small.price * small.averageCus
  const averageCus = (valueSmall - valueFast) / (small.price - fast.price)
  return { timeUs: valueFast - fast.price * averageCus, averageCus }
}
