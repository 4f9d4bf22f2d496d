// How much the searches do. An optimum that is right but found by trying everything passes every other
// test; these counts repeat exactly, and the limits stand some 4% above them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import type { CostTable } from './cost-table.js'
import { Front } from './front.js'
import { minimiseMultilinear } from './multilinear.js'
import { minimiseProduct } from './product.js'

const CUS = [8, 16, 32, 64, 132]
const TOTAL_CUS = 132
const BUDGET = 8

/** Kernels that gain from compute units up to some number, as those of models do. */
function randomTable(kernels: number, seed: number): CostTable {
  const random = createRandom(seed)
  const us = Array.from({ length: kernels }, () => {
    const [work, most] = [random.exponential(400), 4 + random.integer(TOTAL_CUS)]
    return CUS.map((cus) => 1 + work / Math.min(cus, most))
  })
  return {
    kernels,
    streams: CUS.length,
    us: Float64Array.from(us.flat()),
    cus: Float64Array.from(CUS),
  }
}

/** Dynamic programs solved and steps taken over some mixes of three to five workers. */
function effortOf(minimise: typeof minimiseProduct): { solves: number; steps: number } {
  let [solves, steps] = [0, 0]
  for (let mix = 0; mix < 12; mix++) {
    const workers = 3 + (mix % 3)
    const tables = Array.from({ length: workers }, (_, w) => randomTable(30, 10 * mix + w))
    const fronts = tables.map((table) => new Front(table, BUDGET))
    const weights = tables.map((_, w) => 1 + w / 2)
    const solution = minimise(fronts, weights, TOTAL_CUS)
    assert.ok(solution.objective - solution.bound <= 1e-9 * solution.objective)
    solves += fronts.reduce((sum, front) => sum + front.solves, 0)
    steps += solution.steps
  }
  return { solves, steps }
}

for (const [minimise, most] of [
  [minimiseProduct, { solves: 600, steps: 260 }],
  [minimiseMultilinear, { solves: 520, steps: 25 }],
] as const) {
  test(`${minimise.name} solves few dynamic programs and takes few steps`, () => {
    const { solves, steps } = effortOf(minimise)
    assert.ok(solves <= most.solves, `${solves} dynamic programs`)
    assert.ok(steps <= most.steps, `${steps} steps`)
  })
}
