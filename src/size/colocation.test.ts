import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../io/demand.js'
import type { ServingMechanism } from '../plan/serving-plan.js'
import { Colocation } from './colocation.js'
import { Colocations } from './colocations.js'
import type { LaunchClass } from './launch-class.js'
import { stateKey } from './launch-class.js'
import { stateTimesUs } from './state-times.js'

const demand = loadDemand('alexnet/8:300@8x+vgg19/8:100@8x')
const simulated = async (
  mechanism: ServingMechanism,
  states: readonly (readonly LaunchClass[])[],
): Promise<number[][]> => states.map((launches) => stateTimesUs(demand, mechanism, launches))

test('a state is the same whatever the order of its launches', () => {
  const a = { model: 0, batch: 8, share: 40 }
  const b = { model: 1, batch: 8, share: 40 }
  assert.equal(stateKey([a, a, b]), stateKey([b, a, a]))
  assert.notEqual(stateKey([a, a, b]), stateKey([a, b, b]))
  assert.notEqual(stateKey([a, b]), stateKey([a, { ...b, share: 41 }]))
})

test('no launch is faster beside others than alone, even if a short simulation says so', () => {
  const classes = [0, 1].map((model) => ({
    ...{ model, batch: 8, aloneUs: 100, largePart: 0 },
    anchors: [model, model] as const,
  }))
  const colocation = new Colocation(classes, [
    { counts: [1, 0], timesUs: [100, Number.NaN] },
    { counts: [0, 1], timesUs: [Number.NaN, 100] },
    { counts: [1, 1], timesUs: [90, 125] },
  ])
  assert.deepEqual([colocation.speed(0, [1, 1]), colocation.speed(1, [1, 1])], [1, 0.8])
})

test('a launch alone takes what its share takes, and company slows it down', async () => {
  const colocations = new Colocations(simulated)
  const models = [
    { share: 132, batches: [8], most: 3 },
    { share: 132, batches: [8], most: 3 },
  ]
  const colocation = await colocations.of('mps', models)
  const [profile] = demand.models[1].profiles
  const expectedUs = profile.toldLatencyUs![132]
  assert.ok(Math.abs(colocation.classes[1].aloneUs / expectedUs - 1) < 0.06)
  const speeds = [
    [1, 0],
    [1, 1],
    [2, 2],
    [3, 3],
  ].map((counts) => colocation.speed(0, counts))
  assert.equal(speeds[0], 1)
  for (let i = 1; i < speeds.length; i++) assert.ok(speeds[i] < speeds[i - 1], `${speeds}`)
})

test('a state that was simulated is taken as it is, and others are close to their simulation', async () => {
  const colocation = await new Colocations(simulated).of('mps', [
    { share: 53, batches: [8], most: 3 },
    { share: 79, batches: [8], most: 3 },
  ])
  const timesOf = (counts: readonly [number, number]): number[] => {
    const launches = counts.flatMap((count, model) =>
      new Array<LaunchClass>(count).fill({ model, batch: 8, share: [53, 79][model] }),
    )
    return stateTimesUs(demand, 'mps', launches)
  }
  const told = (counts: readonly [number, number]): number =>
    colocation.classes[0].aloneUs / colocation.speed(0, counts)
  assert.ok(Math.abs(told([2, 2]) / timesOf([2, 2])[0] - 1) < 1e-9)
  assert.ok(Math.abs(told([2, 3]) / timesOf([2, 3])[0] - 1) < 0.2)
})

test('states are simulated once, and serve every plan in which they occur', async () => {
  let simulations = 0
  const colocations = new Colocations(async (mechanism, states) => {
    simulations += states.length
    return simulated(mechanism, states)
  })
  const [a, b] = [53, 79].map((share) => ({ share, batches: [8], most: 2 }))
  await colocations.of('mps', [a, b])
  const first = simulations
  assert.equal(colocations.states, first)
  await colocations.of('mps', [a, b])
  assert.equal(simulations, first)
  await colocations.of('mps', [a, { ...b, share: 66 }])
  // The first model is known alone and beside itself.
  assert.ok(simulations - first < first)
})

test('a batch size between the smallest and the largest counts partly as each', async () => {
  const [model] = loadDemand('resnet152/1:100@8x').models
  assert.deepEqual(
    model.profiles.map(({ batch }) => batch),
    [1, 8, 32],
  )
  const one = loadDemand('resnet152/1:100@8x')
  const colocation = await new Colocations(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(one, mechanism, launches)),
  ).of('mps', [{ share: 79, batches: [1, 8, 32], most: 2 }])
  const [small, middle, large] = colocation.classes
  assert.equal(small.largePart, 0)
  assert.equal(large.largePart, 1)
  assert.ok(middle.largePart > 0 && middle.largePart < 1)
  const beside = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ].map((company) =>
    colocation.speed(
      1,
      [0, 1, 0].map((count, i) => count + company[i]),
    ),
  )
  assert.ok(
    beside[0] > beside[2] && beside[1] > beside[2] && beside[0] > beside[1] - 0.02,
    `${beside}`,
  )
})

test('several launches of small batches are predicted right if the models also have large ones', async () => {
  const four = loadDemand('resnet152/1:100@5x+vgg19/1:100@5x+albert/1:100@5x+shufflenet/1:100@5x')
  const colocation = await new Colocations(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(four, mechanism, launches)),
  ).of(
    'mps',
    four.models.map(() => ({ share: 79, batches: [1, 8, 32], most: 3 })),
  )
  const launchesOfEach = [1, 1, 2, 1]
  const launches = launchesOfEach.flatMap((count, model) =>
    new Array<LaunchClass>(count).fill({ model, batch: 1, share: 79 }),
  )
  const counts = colocation.classes.map(({ model, batch }) =>
    batch === 1 ? launchesOfEach[model] : 0,
  )
  const simulatedUs = stateTimesUs(four, 'mps', launches)
  launches.forEach(({ model }, i) => {
    const one = colocation.classes.findIndex((own) => own.model === model && own.batch === 1)
    const toldUs = colocation.classes[one].aloneUs / colocation.speed(one, counts)
    assert.ok(Math.abs(toldUs / simulatedUs[i] - 1) < 0.15, `${toldUs} for ${simulatedUs[i]}`)
  })
})

test('several launches of the largest batch are predicted right', async () => {
  const one = loadDemand('resnet152/1:100@5x')
  const colocation = await new Colocations(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(one, mechanism, launches)),
  ).of('mps', [{ share: 79, batches: [8, 32], most: 3 }])
  for (const count of [2, 3]) {
    const launches = new Array<LaunchClass>(count).fill({ model: 0, batch: 32, share: 79 })
    const [simulatedUs] = stateTimesUs(one, 'mps', launches)
    const toldUs = colocation.classes[1].aloneUs / colocation.speed(1, [0, count])
    assert.ok(Math.abs(toldUs / simulatedUs - 1) < 0.1, `${toldUs} for ${simulatedUs}`)
  }
})
