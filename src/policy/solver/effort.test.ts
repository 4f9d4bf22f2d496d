// How much the searches do. An optimum that is found by trying everything passes every other test. These counts
// repeat exactly, and the limits are about 4% above them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import type { CostTable } from './cost-table.js'
import { Front } from './front.js'
import { hullBetween } from './hull.js'
import { minimiseMultilinear } from './multilinear.js'
import { minimiseProduct } from './product.js'
import { objectiveOf } from './solution.js'

const CUS = [8, 16, 32, 64, 132]
/** Far fewer units than the streams have, so workers slow each other down a lot and bounds are loose. */
const TOTAL_CUS = 32
const BUDGET = 8

/** Kernels that gain from compute units up to some number, as those of models do. */
function randomTable(kernels: number, seed: number): CostTable {
  const random = createRandom(seed)
  const us = Array.from({ length: kernels }, () => {
    const [work, most] = [random.exponential(400), 4 + random.integer(132)]
    return CUS.map((cus) => 1 + work / Math.min(cus, most))
  })
  return {
    kernels,
    streams: CUS.length,
    us: Float64Array.from(us.flat()),
    cus: Float64Array.from(CUS),
  }
}

function randomFronts(workers: number, mix: number): Front[] {
  const tables = Array.from({ length: workers }, (_, w) => randomTable(30, 10 * mix + w))
  return tables.map((table) => new Front(table, BUDGET))
}

/** The dynamic programs solved and the steps taken over some mixes of three and four workers. */
function effortOf(minimise: typeof minimiseProduct): { solves: number; steps: number } {
  let [solves, steps] = [0, 0]
  for (let mix = 0; mix < 12; mix++) {
    const fronts = randomFronts(3 + (mix % 2), mix)
    const weights = fronts.map((_, w) => 1 + w / 2)
    const solution = minimise(fronts, weights, TOTAL_CUS)
    assert.ok(solution.objective - solution.bound <= 1e-9 * solution.objective)
    solves += fronts.reduce((sum, front) => sum + front.solves, 0)
    steps += solution.steps
  }
  return { solves, steps }
}

for (const [minimise, most] of [
  [minimiseProduct, { solves: 550, steps: 272 }],
  [minimiseMultilinear, { solves: 713, steps: 263 }],
] as const) {
  test(`${minimise.name} solves few dynamic programs and takes few steps`, () => {
    const { solves, steps } = effortOf(minimise)
    assert.ok(solves <= most.solves, `${solves} dynamic programs`)
    assert.ok(steps <= most.steps, `${steps} steps`)
  })
}

test('boxes are cut until the best of all corners is found', () => {
  const weights = [1, 1.5, 2]
  for (let mix = 0; mix < 6; mix++) {
    const corners = randomFronts(3, mix).map((front) =>
      hullBetween(front, 0, Number.POSITIVE_INFINITY),
    )
    let best = Number.POSITIVE_INFINITY
    for (const a of corners[0]) {
      for (const b of corners[1]) {
        for (const c of corners[2]) {
          best = Math.min(best, objectiveOf([a, b, c], weights, TOTAL_CUS, 'other-workers'))
        }
      }
    }
    const { objective, points, steps } = minimiseMultilinear(
      randomFronts(3, mix),
      weights,
      TOTAL_CUS,
    )
    assert.ok(steps > 1)
    assert.equal(objectiveOf(points, weights, TOTAL_CUS, 'other-workers'), objective)
    assert.ok(Math.abs(objective - best) <= 1e-9 * best, `${objective} against ${best}`)
  }
})
