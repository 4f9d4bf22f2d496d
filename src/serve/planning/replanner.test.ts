import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Sizing } from '../../size/size-demand.js'
import type { Demand, DemandModel } from '../../workload/demand.js'
import { planOf } from '../echo.test.fixture.js'
import { forecast } from './forecast.js'
import type { ArrivalWindow } from './recent-arrivals.js'
import { type Decision, Replanner } from './replanner.js'

/** What nobody looks at here is left out. */
const DEMAND = {
  models: [{ name: 'm/1', model: 'm', samples: 1, ratePerSecond: 50 } as DemandModel],
} as unknown as Demand

/** One instance carries 100 requests a second, two carry 200. */
function planWith(instances: number): ServingPlan {
  const changes = { instances, batches: [1], targetMs: 50, expectedMs: { 1: [10] } }
  return { ...planOf(['m'], changes), concurrency: instances }
}

function at(perS: number): ArrivalWindow {
  const timesS = Float64Array.from({ length: 10 * perS }, (_, i) => i / perS)
  return { lengthS: 10, byModel: new Map([['m', { timesS, rows: timesS.length }]]) }
}

/** A server of one instance, whose planner always finds the plan of so many. */
function start({ found }: { found: number }) {
  const bench = {
    perS: 50,
    plan: planWith(1),
    decisions: [] as Decision[],
    planned: [] as number[],
    planningFails: false,
  }
  const replanner = new Replanner({
    demand: DEMAND,
    planner: {
      async size(demand) {
        bench.planned.push(demand.models[0].ratePerSecond)
        if (bench.planningFails) throw new Error('planning takes too long')
        const plan = planWith(found)
        return { plan: { ...plan, models: [{ ...plan.models[0], name: 'm/1' }] } } as Sizing
      },
      forecast: async (plans, arrivals) => plans.map((plan) => forecast(plan, 1, arrivals)),
    },
    plan: () => bench.plan,
    arrivals: () => at(bench.perS),
    async swap(plan) {
      bench.plan = plan
    },
  })
  const look = async (times: number) => {
    for (let i = 0; i < times; i++) await replanner.look((one) => bench.decisions.push(one))
  }
  const kinds = () => bench.decisions.map(({ kind }) => kind)
  return { bench, look, kinds }
}

test('a step to twice the load is planned for after ten seconds, and the better plan put into force', async () => {
  const { bench, look, kinds } = start({ found: 2 })
  await look(60)
  assert.deepEqual(kinds(), [])
  bench.perS = 150
  await look(9)
  assert.deepEqual(kinds(), [])
  await look(1)
  assert.deepEqual(kinds(), ['planning', 'swapped'])
  assert.deepEqual(bench.planned, [150])
  assert.equal(bench.plan.models[0].instances, 2)
  assert.equal(bench.plan.models[0].name, 'm')
  const [why, what] = bench.decisions.map(({ reason }) => reason)
  assert.match(why, /m is asked 150\.0 times a second instead of 50\.0/)
  assert.match(what, /100\.0% of the requests in time instead of 6\d\.\d%/)
  await look(60)
  assert.equal(bench.decisions.length, 2)
})

test('a plan that meets every target is kept, and nothing is planned', async () => {
  const { bench, look, kinds } = start({ found: 2 })
  bench.perS = 90
  await look(60)
  assert.deepEqual(kinds(), ['planning', 'kept'])
  assert.deepEqual(bench.planned, [])
})

test('a plan that is hardly better is not worth a change', async () => {
  const { bench, look, kinds } = start({ found: 1 })
  bench.perS = 150
  const before = bench.plan
  await look(60)
  assert.deepEqual(kinds(), ['planning', 'kept'])
  assert.equal(bench.plan, before)
})

test('a planner that fails leaves the plan in force, and is not asked again for the same load', async () => {
  const { bench, look, kinds } = start({ found: 2 })
  bench.perS = 150
  bench.planningFails = true
  await look(60)
  assert.deepEqual(kinds(), ['planning', 'failed'])
  assert.match(bench.decisions[1].reason, /planning takes too long/)
  bench.planningFails = false
  bench.perS = 300
  await look(10)
  assert.deepEqual(kinds(), ['planning', 'failed', 'planning', 'swapped'])
})

test('a plan that an operator puts into force is taken to be for the load of that moment', async () => {
  const { bench, look, kinds } = start({ found: 2 })
  bench.perS = 150
  await look(9)
  bench.plan = planWith(1)
  await look(60)
  assert.deepEqual(kinds(), [])
})
