import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Sizing } from '../../size/size-demand.js'
import type { Demand, DemandModel } from '../../workload/demand.js'
import { planOf } from '../echo.test.fixture.js'
import { forecast } from './forecast.js'
import type { ArrivalWindow } from './recent-arrivals.js'
import { type Decision, Replanner } from './replanner.js'

/** Fields that no test here looks at are left out. */
const demandOf = (samples: number, names: readonly string[]) =>
  ({
    models: names.map(
      (model) =>
        ({
          ...{ name: `${model}/1`, model, samples, ratePerSecond: 50, targetUs: 50_000 },
        }) as DemandModel,
    ),
  }) as unknown as Demand

/** One instance carries 100 requests a second, two carry 200. */
function planWith(instances: number, samples = 1, names: readonly string[] = ['m']): ServingPlan {
  const changes = { instances, samples, batches: [1], targetMs: 50, expectedMs: { 1: [10] } }
  return { ...planOf(names, changes), concurrency: instances * names.length }
}

function at(perS: number): ArrivalWindow {
  const timesS = Float64Array.from({ length: 10 * perS }, (_, i) => i / perS)
  return { lengthS: 10, byModel: new Map([['m', { timesS, rows: timesS.length }]]) }
}

/**
 * A server with one instance of each model, whose planner always finds a plan with this many. Its requests have one
 * sample each, and all are for the first model.
 */
function start({
  found,
  samples = 1,
  names = ['m'],
}: {
  found: number
  samples?: number
  names?: readonly string[]
}) {
  const bench = {
    perS: 50,
    /** The length of what is known of the arrivals. */
    knownS: 10,
    plan: planWith(1, samples, names),
    decisions: [] as Decision[],
    planned: [] as number[],
    plannedRates: [] as number[][],
    /** Happens while a plan is made. */
    meanwhile: async () => {},
    plannedTargetsMs: [] as number[],
    ended: 0,
    inTime: 0,
    /** The share of ending requests that are in time under the plan in force. */
    share: (_plan: ServingPlan) => 1,
    planningFails: false,
  }
  const replanner = new Replanner({
    demand: demandOf(samples, names),
    planner: {
      async size(demand) {
        bench.planned.push(demand.models[0].ratePerSecond)
        bench.plannedRates.push(demand.models.map(({ ratePerSecond }) => ratePerSecond))
        bench.plannedTargetsMs.push(demand.models[0].targetUs / 1000)
        if (bench.planningFails) throw new Error('planning takes too long')
        await bench.meanwhile()
        const plan = planWith(found, 1, names)
        const models = plan.models.map((model) => ({
          ...model,
          name: `${model.name}/1`,
          maxDelayMs: 1,
        }))
        const evidence = { ...plan.evidence, predicted: { goodput: 1 } }
        return { plan: { ...plan, models, evidence } } as Sizing
      },
      forecast: async (plans, arrivals) => plans.map((plan) => forecast(plan, 1, arrivals)),
    },
    plan: () => bench.plan,
    arrivals: () => ({ ...at(bench.perS), lengthS: bench.knownS }),
    targetCounts: () => new Map([['m', { ended: bench.ended, inTime: bench.inTime }]]),
    async swap(plan) {
      bench.plan = plan
    },
  })
  const look = async (times: number) => {
    for (let i = 0; i < times; i++) {
      bench.ended += bench.perS
      bench.inTime += bench.share(bench.plan) * bench.perS
      await replanner.look((one) => bench.decisions.push(one))
    }
  }
  const kinds = () => bench.decisions.map(({ kind }) => kind)
  return { bench, look, kinds }
}

test('after ten seconds at twice the load a plan is made, and the better plan comes into force', async () => {
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
  assert.match(why, /150\.0 samples of m come a second instead of 50\.0/)
  assert.match(what, /100\.0% of the requests in time instead of 6\d\.\d%/)
  await look(60)
  assert.equal(bench.decisions.length, 2)
})

test('rates are given in samples, whatever requests the demand counts', async () => {
  const { bench, look } = start({ found: 1, samples: 8 })
  await look(60)
  assert.match(bench.decisions[0].reason, /50\.0 samples of m come a second instead of 400\.0/)
})

test('a prediction for a plan only holds under the mechanism that it was made for', async () => {
  for (const [mechanism, expected] of [
    ['streams', { goodput: 1 }],
    ['mps', undefined],
  ] as const) {
    const { bench, look } = start({ found: 2 })
    bench.plan = { ...bench.plan, mechanism }
    await look(1)
    bench.perS = 150
    await look(60)
    assert.deepEqual([bench.plan.models[0].instances, bench.plan.mechanism], [2, mechanism])
    assert.deepEqual(bench.plan.evidence.predicted, expected)
  }
})

test('a plan that meets every target is kept, and no plan is made', async () => {
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

test('a plan from an operator is taken to be for the load of that moment', async () => {
  const { bench, look, kinds } = start({ found: 2 })
  bench.perS = 150
  await look(9)
  bench.plan = planWith(1)
  await look(60)
  assert.deepEqual(kinds(), [])
})

/**
 * Launches take more than three times as long as plans expect. Of 60 requests a second, one instance carries half.
 */
const TOO_SLOW = ({ models }: ServingPlan) => (models[0].instances > 1 ? 1 : 0.5)

test('observations count for more than the forecast: plans are made for slower launches', async () => {
  const { bench, look, kinds } = start({ found: 3 })
  bench.perS = 60
  await look(30)
  bench.share = TOO_SLOW
  await look(9)
  assert.deepEqual(kinds(), [])
  await look(30)
  assert.deepEqual(kinds(), ['planning', 'swapped'])
  const [why, what] = bench.decisions.map(({ reason }) => reason)
  assert.match(why, /targets are missed: [\d.]+% of 600 requests of m were in time, not 99\.0%/)
  assert.match(what, /of the requests of m were in time where the forecast is 100\.0%; if launches/)
  assert.match(what, /the new plan has 100\.0% of the requests in time instead of (4[89]|50)\.\d%$/)
  const slowdown = bench.planned[0] / 60
  assert.ok(slowdown > 3 && slowdown < 4, `${slowdown}`)
  assert.ok(Math.abs(bench.plannedTargetsMs[0] * slowdown - 50) < 1e-9)
  assert.equal(bench.plan.models[0].targetMs, 50)
  assert.ok(Math.abs(bench.plan.models[0].maxDelayMs / slowdown - 1) < 1e-9)
  assert.deepEqual(bench.plan.models[0].expectedMs, { 1: [10] })
})

test('if targets are missed and there is no better plan, it says so, and tries less and less often', async () => {
  const { bench, look, kinds } = start({ found: 1 })
  bench.share = () => 0.6
  await look(60)
  assert.deepEqual(kinds(), ['planning', 'kept'])
  assert.match(
    bench.decisions[1].reason,
    /^60\.0% of the requests of m were in time where the forecast is 100\.0%; .* no better plan is found: a new one would have/,
  )
  await look(30)
  assert.equal(bench.planned.length, 2)
  await look(100)
  assert.equal(bench.planned.length, 2)
  await look(30)
  assert.equal(bench.planned.length, 3)
})

test('if the load has moved and targets are missed, it does not claim that they are met', async () => {
  const { bench, look, kinds } = start({ found: 1 })
  bench.perS = 90
  bench.share = () => 0.613
  await look(10)
  assert.match(bench.decisions[0].reason, /the load has moved/)
  assert.match(bench.decisions[1].reason, /61\.3% of the requests of m were in time where/)
  await look(59)
  assert.deepEqual(kinds(), ['planning', 'kept'])
  await look(1)
  assert.deepEqual(kinds(), ['planning', 'kept', 'planning', 'kept'])
})

test("after a new load or an operator's plan, it tries again as if for the first time", async () => {
  const { bench, look } = start({ found: 1 })
  bench.share = () => 0.6
  const attempts = () => bench.decisions.filter(({ kind }) => kind === 'planning').length
  await look(80)
  assert.equal(attempts(), 2)
  bench.plan = planWith(1)
  await look(15)
  assert.equal(attempts(), 3)
  await look(65)
  assert.equal(attempts(), 4)
  bench.perS = 150
  await look(15)
  assert.equal(attempts(), 5)
  await look(65)
  assert.equal(attempts(), 6)
})

test('nothing is decided from less than ten seconds of requests', async () => {
  const { bench, look, kinds } = start({ found: 2 })
  bench.perS = 150
  bench.knownS = 9.9
  await look(60)
  assert.deepEqual(kinds(), [])
  bench.knownS = 10
  await look(10)
  assert.deepEqual(kinds(), ['planning', 'swapped'])
})

test('while a plan is made, no other is, and one that came into force meanwhile stays', async () => {
  const { bench, look, kinds } = start({ found: 2 })
  bench.perS = 150
  const byHand = planWith(1)
  bench.meanwhile = async () => {
    bench.meanwhile = async () => {}
    await look(60)
    bench.plan = byHand
  }
  await look(10)
  assert.deepEqual(kinds(), ['planning', 'kept'])
  assert.equal(bench.decisions[1].reason, 'another plan came into force meanwhile')
  assert.equal(bench.plan, byHand)
})

test('a model that nobody asks for is planned for at a twentieth of its rate', async () => {
  const { bench, look, kinds } = start({ found: 2, names: ['m', 'n'] })
  bench.perS = 150
  await look(10)
  assert.deepEqual(kinds(), ['planning', 'swapped'])
  assert.deepEqual(bench.plannedRates, [[150, 2.5]])
  assert.match(
    bench.decisions[0].reason,
    /^the load has moved: 150\.0 samples of m come .*, 0\.0 samples of n come a second instead of 50\.0$/,
  )
  assert.deepEqual(
    bench.plan.models.map(({ name, targetMs }) => [name, targetMs]),
    [
      ['m', 50],
      ['n', 50],
    ],
  )
})
