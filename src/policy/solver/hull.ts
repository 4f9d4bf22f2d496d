import type { Front, FrontPoint } from './front.js'

/**
 * A point counts as a vertex only if it lies below a chord by more than this, relative to its
 * value: anything less is rounding.
 */
export const EPSILON = 1e-12

/** Vertices of a worker's hull for prices from `low` to `high`, which may be infinite, fastest first. */
export function hullBetween(front: Front, low: number, high: number): FrontPoint[] {
  const first = front.cheapest(low)
  const last = high === Number.POSITIVE_INFINITY ? front.smallest() : front.cheapest(high)
  const vertices = [first]
  const ahead = [last]
  while (ahead.length > 0) {
    const fast = vertices[vertices.length - 1]
    const small = ahead[ahead.length - 1]
    const between = vertexBetween(front, fast, small)
    if (between) ahead.push(between)
    else if (small.averageCus < fast.averageCus) vertices.push(ahead.pop() as FrontPoint)
    else ahead.pop()
  }
  return vertices
}

/** The vertex strictly below the chord of two others, if there is one. */
function vertexBetween(front: Front, fast: FrontPoint, small: FrontPoint): FrontPoint | undefined {
  if (fast.averageCus <= small.averageCus || fast.timeUs >= small.timeUs) return undefined
  const price = (small.timeUs - fast.timeUs) / (fast.averageCus - small.averageCus)
  const chord = fast.timeUs + price * fast.averageCus
  const found = front.cheapest(price)
  const below = chord - (found.timeUs + price * found.averageCus)
  return below > EPSILON * chord ? found : undefined
}
