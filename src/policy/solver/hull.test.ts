import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../random.js'
import { Front } from './front.js'
import { hullBetween } from './hull.js'
import { assignments, close, tableOf } from './small-tables.test.fixture.js'

interface Point {
  readonly timeUs: number
  readonly averageCus: number
}

/** The corners of the lower left of a set of points, fastest first: Andrew's monotone chain. */
function cornersOf(points: readonly Point[]): Point[] {
  const corners: Point[] = []
  for (const point of points.toSorted(
    (a, b) => a.averageCus - b.averageCus || a.timeUs - b.timeUs,
  )) {
    if (corners.length > 0 && point.timeUs >= corners[corners.length - 1].timeUs) continue
    while (
      corners.length > 1 &&
      !isCorner(corners[corners.length - 2], corners[corners.length - 1], point)
    )
      corners.pop()
    corners.push(point)
  }
  return corners.reverse()
}

function isCorner(before: Point, at: Point, after: Point): boolean {
  const [du, dt] = [after.averageCus - before.averageCus, after.timeUs - before.timeUs]
  const chord = before.timeUs + (dt * (at.averageCus - before.averageCus)) / du
  return at.timeUs < chord - 1e-9
}

test('the hull over all prices has every corner of all assignments, and asks for each edge once', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = createRandom(seed)
    const us = Float64Array.from({ length: 15 }, () => 1 + 49 * random.uniform())
    const table = { kernels: 5, streams: 3, us, cus: Float64Array.from([15, 30, 60]) }
    const front = new Front(table, seed % 5)
    const found = hullBetween(front, 0, Number.POSITIVE_INFINITY)
    const corners = cornersOf(assignments(table, seed % 5))
    assert.equal(found.length, corners.length)
    found.forEach(({ timeUs, averageCus }, i) => {
      close(timeUs, corners[i].timeUs)
      close(averageCus, corners[i].averageCus)
    })
    // The first corner, every corner between the ends, and every edge, which has nothing below it.
    const edges = corners.length - 1
    assert.equal(front.solves, 1 + Math.max(0, edges - 1) + edges)
  }
})

test('the cheapest point at a price is the cheapest of all assignments', () => {
  fc.assert(
    fc.property(
      tableOf(5),
      fc.integer({ min: 0, max: 4 }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      (table, budget, price) => {
        const { timeUs, averageCus } = new Front(table, budget).cheapest(price)
        const costs = assignments(table, budget).map((a) => a.timeUs + price * a.averageCus)
        close(timeUs + price * averageCus, Math.min(...costs))
      },
    ),
  )
})

test('between two prices the hull has the cheapest point for every price', () => {
  fc.assert(
    fc.property(
      tableOf(5),
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (table, ends, where) => {
        const [low, high] = [Math.min(...ends), Math.max(...ends)]
        const price = low + where * (high - low)
        const front = new Front(table, 3)
        const cost = (point: Point): number => point.timeUs + price * point.averageCus
        close(Math.min(...hullBetween(front, low, high).map(cost)), cost(front.cheapest(price)))
      },
    ),
  )
})
