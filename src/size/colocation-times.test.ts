/** Colocations and searches on a device that slows launches down by a formula, so that nothing is simulated. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { totalCus } from '../device/device.js'
import { loadDemand } from '../io/demand.js'
import type { ServingMechanism } from '../plan/serving-plan.js'
import { type Choice, habitsOf, otherConcurrencies } from './candidates.js'
import { Colocations } from './colocations.js'
import type { LaunchClass } from './launch-class.js'
import { carries } from './plan-goodput.js'
import { type Sized, searchPlan, servedDemand } from './search.js'
import { statesFor } from './size-demand.js'
import { stateTimesUs } from './state-times.js'

/** The time of a launch alone in µs. It grows by less than in proportion to the samples. */
const aloneUs = ({ model, batch, share }: LaunchClass): number =>
  (1000 * (model + 1) * (1 + batch)) / Math.min(share, 60)

/** Each launch beside it slows a launch down, by 30% if it is of the first model, otherwise by 10%. */
function formula(_: ServingMechanism, states: readonly (readonly LaunchClass[])[]) {
  const slowed = (launches: readonly LaunchClass[], at: number): number =>
    launches.reduce(
      (us, { model }, i) => (i === at ? us : us * (model === 0 ? 1.3 : 1.1)),
      aloneUs(launches[at]),
    )
  return Promise.resolve(states.map((launches) => launches.map((_, i) => slowed(launches, i))))
}

const MODELS = [
  { share: 40, batches: [1, 4, 16], most: 3 },
  { share: 60, batches: [8], most: 3 },
  { share: 60, batches: [1, 2], most: 3 },
]

test('launches of the smallest batches are slowed down by the formula, in any company', async () => {
  const colocation = await new Colocations(formula).of('mps', MODELS)
  assert.deepEqual(
    colocation.classes.map(({ model, batch }) => [model, batch]),
    MODELS.flatMap(({ batches }, model) => batches.map((batch) => [model, batch])),
  )
  const smallest = MODELS.map((_, m) => colocation.classes.findIndex(({ model }) => model === m))
  fc.assert(
    fc.property(fc.nat(2), fc.array(fc.nat(2), { maxLength: 6 }), (model, others) => {
      const running = [model, ...others]
      const counts = colocation.classes.map(
        (_, i) => running.filter((other) => smallest[other] === i).length,
      )
      const slower = others.reduce((times, other) => times * (other === 0 ? 1.3 : 1.1), 1)
      const told = 1 / colocation.speed(smallest[model], counts)
      assert.ok(Math.abs(told / slower - 1) < 0.01, `${told} for ${slower}`)
    }),
  )
})

test('expected times are those of a launch alone, then beside one of every other model in turn', async () => {
  const colocation = await new Colocations(formula).of('mps', MODELS)
  for (const [model, batch, beside] of [
    [0, 1, [1, 2, 0, 1]],
    [1, 8, [2, 0, 1, 2]],
    [2, 1, [0, 1, 2, 0]],
  ] as const) {
    let us = aloneUs({ model, batch, share: MODELS[model].share })
    const expected = [us, ...beside.map((other) => (us *= other === 0 ? 1.3 : 1.1))]
    const told = colocation.launchMs(model, batch, 5)
    assert.equal(told.length, 5)
    told.forEach((ms, i) => {
      assert.ok(Math.abs((1000 * ms) / expected[i] - 1) < 0.01, `${told} for ${expected}`)
    })
  }
})

test('a search reports every plan that is better than all before it, and no other', async () => {
  const demand = loadDemand('alexnet/8:300@20ms+vgg19/8:100@40ms')
  const told: Sized[] = []
  const onBetter = (sized: Sized, states: number) => {
    told.push(sized)
    assert.equal(states, colocations.states)
  }
  const colocations = new Colocations(formula)
  const { plans: found } = await searchPlan(demand, colocations, {
    seed: 1,
    mostStates: 120,
    onBetter,
  })
  const carried = told.map(({ goodput }) => goodput)
  assert.ok(told.length > 1)
  assert.equal(carried.at(-1), found[0].goodput)
  for (const [i, goodput] of carried.entries()) assert.ok(i === 0 || goodput > carried[i - 1])
  assert.ok(found.every(({ goodput }, i) => i === 0 || goodput <= found[i - 1].goodput))
})

test('states have as many launches of a model as may run at once, and no more than take turns', async () => {
  const demand = loadDemand('alexnet/8:300@20ms+vgg19/8:100@40ms')
  for (const [limits, most] of [
    [[1, 2], 2],
    [[2, 1], 2],
    [[8, 8], 3],
  ] as const) {
    let seen = 0
    const colocations = new Colocations((mechanism, states) => {
      for (const launches of states)
        for (const { model } of launches)
          seen = Math.max(seen, launches.filter((one) => one.model === model).length)
      return formula(mechanism, states)
    })
    const models = demand.models.map((model, m) => ({ ...model, mostInstances: limits[m] }))
    const one = { instances: 1, share: 40, largestBatch: 0, maxDelayMs: 0, headStart: 0 }
    await servedDemand(
      { ...demand, models },
      { mechanism: 'mps', models: [one, one], concurrency: 2 },
      colocations,
    )
    assert.equal(seen, most)
  }
})

test('a search lets requests wait for others where that pays, and ends where no other habit does', async () => {
  const demand = loadDemand('alexnet/8:300@2ms+vgg19/8:100@40ms')
  const colocations = new Colocations(formula)
  const { plans } = await searchPlan(demand, colocations, { seed: 1, mostStates: 10_000 })
  const [{ choice, goodput }] = plans
  const carriesAs = async (other: Choice, load: number): Promise<boolean> =>
    carries(await servedDemand(demand, other, colocations), load, 1)
  const hasty = choice.models.map((model) => ({ ...model, maxDelayMs: 0 }))
  assert.ok(!(await carriesAs({ ...choice, models: hasty }, goodput)))
  for (const m of demand.models.keys()) {
    for (const other of habitsOf(demand, choice, m)) {
      assert.ok(!(await carriesAs(other, 1.02 * goodput)), JSON.stringify(other.models[m]))
    }
  }
})

test('a search that leaves plans out for want of states says so, also with as many states as by default', async () => {
  const demand = loadDemand('alexnet/8:300@20ms+vgg19/8:100@40ms')
  const cutShort = async (mostStates: number): Promise<boolean> =>
    (await searchPlan(demand, new Colocations(formula), { seed: 1, mostStates })).cutShort
  const byDefault = statesFor(demand, { seed: 1 })
  assert.deepEqual(
    [await cutShort(1), await cutShort(byDefault), await cutShort(10_000)],
    [true, true, false],
  )
})

test('a search whose states are used up goes on with what needs none', async () => {
  const demand = loadDemand('alexnet/8:300@2ms+vgg19/8:100@40ms')
  const colocations = new Colocations(formula)
  const { plans } = await searchPlan(demand, colocations, { seed: 1, mostStates: 1 })
  const [{ choice, goodput }] = plans
  const used = colocations.states
  const batchesOf = ({ models }: Choice): string =>
    models.map(({ largestBatch }) => largestBatch).join()
  const habits = [...demand.models.keys()].flatMap((m) => [...habitsOf(demand, choice, m)])
  const others = [...habits, ...otherConcurrencies(choice)].filter(
    (other) => batchesOf(other) === batchesOf(choice),
  )
  assert.ok(others.length > 4)
  for (const other of others) {
    const served = await servedDemand(demand, other, colocations)
    assert.ok(!carries(served, 1.02 * goodput, 1), JSON.stringify(other))
  }
  assert.equal(colocations.states, used)
})

test('a launch whose kernels take far longer than was measured of it all has a time, too', () => {
  const demand = loadDemand('alexnet/8:300@8x')
  const [model] = demand.models
  const [{ batch, latencyUs = {} }] = model.profiles
  const short = Object.fromEntries(Object.entries(latencyUs).map(([cus, us]) => [cus, us / 200]))
  const profiles = [{ ...model.profiles[0], latencyUs: short }]
  const wrong = { ...demand, models: [{ ...model, profiles }] }
  const launches = [{ model: 0, batch, share: totalCus(demand.device) }]
  const [us] = stateTimesUs(wrong, 'streams', launches)
  assert.ok(us > 0 && us < stateTimesUs(demand, 'streams', launches)[0], `${us}`)
})
