import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { loadShippedProfile } from '../../io/library.js'
import { type CostTable, costTable } from './cost-table.js'
import { fewestSwitches } from './fewest-switches.js'
import { Front } from './front.js'
import { solveIlp } from './ilp.js'
import { minimiseMultilinear } from './multilinear.js'
import { minimiseProduct } from './product.js'
import { assignments, close, tableOf } from './small-tables.test.fixture.js'
import { objectiveOf, type Slowdown, type Solution } from './solution.js'
import { SwitchDp } from './switch-dp.js'

const TOTAL_CUS = 60

function bruteForce(
  tables: readonly CostTable[],
  weights: readonly number[],
  budget: number,
  slowdown: Slowdown,
): number {
  const choices = tables.map((table) => assignments(table, budget))
  let best = Number.POSITIVE_INFINITY
  const pick = (points: { timeUs: number; averageCus: number }[]): void => {
    if (points.length === choices.length) {
      best = Math.min(best, objectiveOf(points, weights, TOTAL_CUS, slowdown))
      return
    }
    for (const point of choices[points.length]) pick([...points, point])
  }
  pick([])
  return best
}

describe('the switch dynamic program', () => {
  test('finds the cheapest assignment for every number of switches', () => {
    fc.assert(
      fc.property(tableOf(6), fc.integer({ min: 0, max: 7 }), (table, budget) => {
        const dp = new SwitchDp(table.kernels, table.streams, budget)
        dp.solve(table.us)
        const all = assignments(table, budget)
        for (let b = 0; b <= dp.budget; b++) {
          const exactly = all.filter(({ switches }) => switches === b)
          close(dp.values[b], Math.min(...exactly.map(({ timeUs }) => timeUs)))
          const path = dp.path(b)
          let timeUs = 0
          let switches = 0
          path.forEach((s, k) => {
            timeUs += table.us[k * table.streams + s]
            if (k > 0 && s !== path[k - 1]) switches++
          })
          close(timeUs, dp.values[b])
          assert.equal(switches, b)
        }
      }),
    )
  })

  for (const [model, batch] of [
    ['alexnet', 8],
    ['vgg19', 32],
  ] as const) {
    test(`agrees with HiGHS on ${model} at batch ${batch}, over budgets 0 to 20`, async () => {
      const asked = { file: 'test', path: '' }
      const table = costTable(loadShippedProfile('h200', model, batch, asked), [32, 64, 96, 132])
      const slowdown = 1 + 3 * (64 / 132)
      const prices = table.us.map((us) => us * slowdown)
      const dp = new SwitchDp(table.kernels, table.streams, 20)
      dp.solve(prices)
      for (let budget = 0; budget <= 20; budget++) {
        const { objective, bound } = await solveIlp(prices, table.streams, budget)
        const best = Math.min(...dp.values.slice(0, budget + 1))
        assert.ok(Math.abs(objective - best) <= 1e-6 * best, `budget ${budget}`)
        assert.ok(bound <= best * (1 + 1e-6))
      }
    })
  }
})

const solvers: [Slowdown, typeof minimiseProduct][] = [
  ['all-workers', minimiseProduct],
  ['other-workers', minimiseMultilinear],
]

for (const [slowdown, minimise] of solvers) {
  describe(`ECLIP's objective with ${slowdown}`, () => {
    const solve = (tables: CostTable[], weights: number[], budget: number): Solution =>
      minimise(
        tables.map((table) => new Front(table, budget)),
        weights,
        TOTAL_CUS,
      )

    test('is the optimum of all assignments on small instances', () => {
      const weight = fc.constantFrom(1, 1, 0.3, 2)
      fc.assert(
        fc.property(
          fc.array(fc.tuple(tableOf(4), weight), { minLength: 1, maxLength: 3 }),
          fc.integer({ min: 0, max: 3 }),
          (workers, budget) => {
            const tables = workers.map(([table]) => table)
            const weights = workers.map(([, w]) => w)
            if (tables.reduce((states, t) => states * 3 ** t.kernels, 1) > 60_000) return
            const { objective, bound, points } = solve(tables, weights, budget)
            close(objective, bruteForce(tables, weights, budget, slowdown))
            close(objective, objectiveOf(points, weights, TOTAL_CUS, slowdown))
            close(bound, objective)
          },
        ),
        { numRuns: 150 },
      )
    })

    test('is proven for 4 workers of a recorded mix', () => {
      const models = ['resnet152', 'densenet201', 'vgg19', 'albert']
      const tables = models.map((model) =>
        costTable(loadShippedProfile('h200', model, 8, { file: 'test', path: '' }), [32, 64, 132]),
      )
      const free = solve(tables, [1, 1, 1, 1], 14)
      assert.ok(free.objective - free.bound <= 1e-9 * free.objective)
      const tight = solve(tables, [1, 1, 1, 1], 0)
      assert.ok(free.objective < tight.objective, 'switches are worth something')
      free.points.forEach(({ streams }) => {
        const switches = streams.filter((s, k) => k > 0 && s !== streams[k - 1]).length
        assert.ok(switches <= 14)
      })
    })
  })
}

test('of equally cheap assignments, the one with the fewest switches is taken', () => {
  const dp = new SwitchDp(4, 2, 3)
  dp.solve(Float64Array.from([1, 1, 1, 1, 1, 1, 1, 1]))
  assert.equal(dp.cheapestBudget(), 0)
  dp.solve(Float64Array.from([1, 5, 1, 5, 5, 1, 5, 5]))
  assert.equal(dp.cheapestBudget(), 1)
})

test('a gap is kept by trying few budgets, and without a gap only one is tried', () => {
  const tried: number[] = []
  const solveAt = (budget: number): Solution => {
    tried.push(budget)
    return { points: [], objective: 100 - budget, bound: 100 - budget, steps: 1, method: '' }
  }
  fewestSwitches(solveAt, 14, 0)
  assert.deepEqual(tried.splice(0), [14])
  assert.equal(fewestSwitches(solveAt, 14, 0.05).objective, 90)
  assert.deepEqual(tried, [14, 7, 11, 9, 10])
})

test('within a gap the fewest switches are taken, and the bound stays that of the whole budget', () => {
  const objectives = [120, 110, 104, 101, 100]
  const solveAt = (budget: number): Solution => ({
    points: [],
    objective: objectives[budget],
    bound: objectives[budget],
    steps: 1,
    method: `${budget}`,
  })
  const chosen = (gap: number): number => Number(fewestSwitches(solveAt, 4, gap).method)
  assert.deepEqual([0, 0.01, 0.04, 0.1, 0.2].map(chosen), [4, 3, 2, 1, 0])
  assert.equal(fewestSwitches(solveAt, 4, 0.05).bound, 100)
})
