import type { Front, FrontPoint } from './front.js'
import { hullBetween } from './hull.js'
import { objectiveOf, type Solution } from './solution.js'

/** How many boxes a proof may open. Whatever gap remains after that is reported. */
const BOX_LIMIT = 200_000
/** Price intervals are widened by this much at both ends, so that rounding loses no vertex. */
const WIDEN = 1e-9

/** The hull vertices of one worker, fastest first, with their weighted times as an array. */
interface Hull {
  readonly points: readonly FrontPoint[]
  /** Weight * time in µs, ascending. */
  readonly time: Float64Array
  /** Average CUs over total CUs, descending. */
  readonly share: Float64Array
}

/** A run of hull vertices per worker, and a lower bound of the objective over it. */
interface Box {
  readonly low: Int32Array
  readonly high: Int32Array
  readonly bound: number
  /** The vertices that attain the bound. They give a candidate and tell where to split. */
  readonly at: Int32Array
}

/**
 * The exact optimum of ECLIP's objective when only the others' average CUs slow a worker down:
 * sum over w of weight_w * time_w * (1 + sum over w' != w of average_w' / total).
 *
 * For fixed choices of the others it is linear in one worker's (time, average), so some optimum
 * lies at a vertex of every worker's hull, at a price that the others' ranges bound. Those
 * vertices are few; a branch and bound over runs of them, with each product time_w * share_w'
 * replaced by its McCormick envelope (then the bound separates by worker), closes the gap.
 */
export function minimiseMultilinear(
  fronts: readonly Front[],
  weights: readonly number[],
  totalCus: number,
): Solution {
  const hulls = relevantHulls(fronts, weights, totalCus)
  const objectiveAt = (at: ArrayLike<number>): number =>
    objectiveOf(
      hulls.map((hull, w) => hull.points[at[w]]),
      weights,
      totalCus,
      'other-workers',
    )
  let best = descend(hulls)
  let objective = objectiveAt(best)
  let open = Number.POSITIVE_INFINITY
  let steps = 0
  const stack = [
    boxOf(
      hulls,
      new Int32Array(hulls.length),
      Int32Array.from(hulls, (hull) => hull.points.length - 1),
    ),
  ]
  for (let box = stack.pop(); box; box = stack.pop()) {
    if (box.bound >= objective * (1 - 1e-12)) continue
    const candidate = objectiveAt(box.at)
    if (candidate < objective) {
      objective = candidate
      best = box.at
    }
    if (steps++ >= BOX_LIMIT) open = Math.min(open, box.bound)
    else stack.push(...split(hulls, box))
  }
  return {
    points: hulls.map((hull, w) => hull.points[best[w]]),
    objective,
    bound: Math.min(open, objective),
    steps,
    method: 'switch DP hulls, branch and bound',
  }
}

/** The hull of each worker over all prices that can be optimal for some choice of the others. */
function relevantHulls(
  fronts: readonly Front[],
  weights: readonly number[],
  totalCus: number,
): Hull[] {
  let low = fronts.map(() => 0)
  let high = fronts.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < 4; round++) {
    const fast = fronts.map((front, w) => front.cheapest(low[w]))
    const small = fronts.map((front, w) =>
      high[w] === Number.POSITIVE_INFINITY ? front.smallest() : front.cheapest(high[w]),
    )
    const others = (w: number, value: (v: number) => number): number =>
      fronts.reduce((total, _, v) => (v === w ? total : total + value(v)), 0)
    const price = (w: number, times: FrontPoint[], averages: FrontPoint[]): number =>
      others(w, (v) => weights[v] * times[v].timeUs) /
      (weights[w] * (totalCus + others(w, (v) => averages[v].averageCus)))
    low = fronts.map((_, w) => price(w, fast, fast) * (1 - WIDEN))
    high = fronts.map((_, w) => price(w, small, small) * (1 + WIDEN))
  }
  return fronts.map((front, w) => {
    const points = hullBetween(front, low[w], high[w])
    return {
      points,
      time: Float64Array.from(points, (point) => weights[w] * point.timeUs),
      share: Float64Array.from(points, (point) => point.averageCus / totalCus),
    }
  })
}

/** Vertex with the least slope * time + rent * share among [low, high]; the values are convex in the index. */
function cheapestVertex(
  hull: Hull,
  slope: number,
  rent: number,
  low: number,
  high: number,
): number {
  const value = (v: number): number => slope * hull.time[v] + rent * hull.share[v]
  let left = low
  let right = high
  while (left < right) {
    const middle = (left + right) >> 1
    if (value(middle + 1) < value(middle)) left = middle + 1
    else right = middle
  }
  return left
}

/** Coordinate descent from the middle of every hull, which gives a good first objective. */
function descend(hulls: readonly Hull[]): Int32Array {
  const at = Int32Array.from(hulls, (hull) => hull.points.length >> 1)
  for (let changed = true; changed; ) {
    changed = false
    hulls.forEach((hull, w) => {
      let slope = 1
      let rent = 0
      hulls.forEach((other, v) => {
        if (v === w) return
        slope += other.share[at[v]]
        rent += other.time[at[v]]
      })
      const next = cheapestVertex(hull, slope, rent, 0, hull.points.length - 1)
      const value = (v: number): number => slope * hull.time[v] + rent * hull.share[v]
      if (next !== at[w] && value(next) < value(at[w])) {
        at[w] = next
        changed = true
      }
    })
  }
  return at
}

/** The box over the given runs, with the better of its two McCormick bounds. */
function boxOf(hulls: readonly Hull[], low: Int32Array, high: Int32Array): Box {
  const below = envelope(hulls, low, high, low, high)
  const above = envelope(hulls, low, high, high, low)
  return { low, high, ...(below.bound >= above.bound ? below : above) }
}

/**
 * time * share >= t * share + time * s - t * s, with (t, s) both the lower or both the upper ends
 * of the box. Summed over pairs of workers, the bound separates by worker. Times ascend and shares
 * descend along a hull.
 */
function envelope(
  hulls: readonly Hull[],
  low: Int32Array,
  high: Int32Array,
  timeEnd: Int32Array,
  shareEnd: Int32Array,
): { bound: number; at: Int32Array } {
  let times = 0
  let shares = 0
  hulls.forEach((hull, w) => {
    times += hull.time[timeEnd[w]]
    shares += hull.share[shareEnd[w]]
  })
  const at = new Int32Array(hulls.length)
  let bound = 0
  hulls.forEach((hull, w) => {
    const time = hull.time[timeEnd[w]]
    const share = hull.share[shareEnd[w]]
    const slope = 1 + shares - share
    const rent = times - time
    at[w] = cheapestVertex(hull, slope, rent, low[w], high[w])
    bound += slope * hull.time[at[w]] + rent * hull.share[at[w]] - time * (shares - share)
  })
  return { bound, at }
}

/**
 * The two halves of a box, cut along the worker with the widest run; none if the box is a single
 * point.
 */
function split(hulls: readonly Hull[], box: Box): Box[] {
  const { low, high } = box
  let widest = -1
  let width = 0
  hulls.forEach((hull, w) => {
    const times = hull.time[high[w]] / hull.time[low[w]]
    const shares = hull.share[low[w]] / hull.share[high[w]]
    if (high[w] > low[w] && times * shares > width) {
      widest = w
      width = times * shares
    }
  })
  if (widest < 0) return []
  const middle = Math.min(Math.max(box.at[widest], low[widest]), high[widest] - 1)
  const lowHalf = Int32Array.from(high)
  const highHalf = Int32Array.from(low)
  lowHalf[widest] = middle
  highHalf[widest] = middle + 1
  const halves = [boxOf(hulls, low, lowHalf), boxOf(hulls, highHalf, high)]
  return halves.sort((a, b) => b.bound - a.bound)
}
