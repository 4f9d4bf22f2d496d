/** What is answered about a demand beside its plan. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { loadDemand, withAddedModels } from '../io/demand.js'
import type { Demand } from '../workload/demand.js'
import { additionOf } from './addition.js'
import { evenChoice } from './candidates.js'
import { Colocations } from './colocations.js'
import { remedies } from './remedies.js'
import { servedDemand } from './search.js'
import { serveKernels } from './serve-kernels.js'
import { equalGpus, type Sizing, sizeDemand, statesFor } from './size-demand.js'
import { stateTimesUs } from './state-times.js'

const SETTINGS = { seed: 1, mostStates: 10, threads: 1 }
const small = loadDemand('alexnet/8:300@8x')

test('each of the equal GPUs carries its part, and one fewer would not be enough', () => {
  for (const goodput of [0.07, 0.34, 0.5, 0.99, 1, 4]) {
    const gpus = equalGpus(goodput)!
    assert.ok(goodput * gpus >= 1)
    assert.ok(gpus === 1 || goodput * (gpus - 1) < 1)
  }
  assert.equal(equalGpus(0), null)
})

/** A demand with one instance of each model, which is left the choice of a share and of the largest of some batches. */
function onOne(demand: Demand, batches?: number): Demand {
  const models = demand.models.map((model) => ({
    ...model,
    profiles: model.profiles.slice(0, batches),
    mostInstances: 1,
  }))
  return { ...demand, models, device: { ...demand.device, mpsCheckedCus: undefined } }
}

/** Serves a demand on the same number of instances of each model. */
async function servedEvenly(demand: Demand, instances: number) {
  const colocations = new Colocations(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(demand, mechanism, launches)),
  )
  const choice = evenChoice(demand, instances, 40, 'all')
  const { plan } = await servedDemand(demand, choice, colocations)
  return { choice, plan, colocations }
}

test('what a demand gets at twice its load is what twice the demand gets', async () => {
  const [once, twice] = [
    await sizeDemand(onOne(loadDemand('alexnet/8:700@8x'), 1), SETTINGS),
    await sizeDemand(onOne(loadDemand('alexnet/8:1400@8x'), 1), SETTINGS),
  ]
  assert.deepEqual(once.plan.models, twice.plan.models)
  assert.deepEqual(once.doubled, twice.models)
  assert.notDeepEqual(once.models, twice.models)
})

describe('a demand that does not fit', () => {
  let sizing: Sizing
  before(async () => {
    sizing = await sizeDemand(onOne(loadDemand('alexnet/8:9000@8x')), SETTINGS)
  })

  test('its curve goes from a quarter of the goodput to twice it, and attainment falls', () => {
    const { curve, goodput, doubled } = sizing
    assert.ok(goodput > 0 && goodput < 1)
    const loads = curve.map(({ load }) => load)
    assert.deepEqual([loads[0], loads[loads.length - 1]], [goodput / 4, 2 * goodput])
    assert.deepEqual(
      loads,
      loads.toSorted((a, b) => a - b),
    )
    const attainments = curve.map(({ models }) => models[0].attainment)
    const at = curve.findIndex(({ load }) => load === goodput)
    assert.ok(attainments.slice(0, at + 1).every((share) => share >= 0.99))
    assert.ok(attainments[attainments.length - 1] < 0.99)
    assert.ok(doubled[0].attainment < sizing.models[0].attainment)
    for (const { models } of curve) {
      const [{ p50Ms, p95Ms, p99Ms }] = models
      assert.ok(p50Ms <= p95Ms && p95Ms <= p99Ms)
    }
  })

  test('remedies are tried, the best comes first, and a second GPU doubles what is carried', () => {
    const { remedies: tried, goodput } = sizing
    const kinds = tried.map(({ kind }) => kind)
    assert.deepEqual(kinds.toSorted(), ['looser-target', 'one-more-instance', 'second-gpu'])
    const carried = tried.map((remedy) => remedy.goodput)
    assert.deepEqual(
      carried,
      carried.toSorted((a, b) => b - a),
    )
    assert.equal(tried.find(({ kind }) => kind === 'second-gpu')!.goodput, 2 * goodput)
    assert.ok(carried.every((more) => more > 1.2 * goodput))
  })

  test('the request-level simulator is asked at the load of the kernel-level one', () => {
    const { check, curve, requestLevel } = sizing
    const same = curve.find(({ load }) => load === check.load)!
    assert.deepEqual(requestLevel, same.models)
  })

  test('at any load, the model with the fewest requests has hundreds of them, kernel by kernel', () => {
    for (const load of [0.5, 2]) {
      const { answered } = serveKernels(small, sizing.plan, load, 1)
      assert.ok(answered[0] > 300 && answered[0] < 500, `${answered[0]} at ${load}`)
    }
  })
})

test('the energy of the models adds up to that of the device', async () => {
  const pair = loadDemand('alexnet/8:3000@8x+vgg19/8:100@8x')
  const { plan } = await servedEvenly(pair, 1)
  const { answered, modelJoulesPerRequest, joulesPerRequest } = serveKernels(pair, plan, 1, 1)
  const total = answered.reduce((joules, n, m) => joules + n * modelJoulesPerRequest[m], 0)
  assert.ok(Math.abs(total / (answered[0] + answered[1]) / joulesPerRequest - 1) < 1e-9)
  assert.ok(modelJoulesPerRequest[1] > 2 * modelJoulesPerRequest[0])
})

test('one more instance than the limit of the demand is tried, but no more than allowed', async () => {
  const kinds = async (instances: number): Promise<string[]> => {
    const model = { ...small.models[0], mostInstances: instances }
    const demand = { ...small, models: [model] }
    const { choice, plan, colocations } = await servedEvenly(demand, instances)
    const tried = await remedies(demand, { choice, plan, goodput: 1 }, 0, colocations, 1)
    return tried.map(({ kind }) => kind)
  }
  assert.ok((await kinds(7)).includes('one-more-instance'))
  assert.ok(!(await kinds(8)).includes('one-more-instance'))
})

test('a further model takes capacity from those that were there before', async () => {
  const larger = withAddedModels(small, 'alexnet/8:600@8x', '--add')
  assert.deepEqual(
    larger.models.map(({ name }) => name),
    ['alexnet/8', 'alexnet/8#2'],
  )
  const [alone, together] = [
    await sizeDemand(onOne(small, 1), SETTINGS),
    await sizeDemand(onOne(larger, 1), SETTINGS),
  ]
  assert.deepEqual(alone.remedies, [])
  const addition = additionOf(alone, together)
  assert.deepEqual(addition.added, ['alexnet/8#2'])
  assert.ok(addition.goodputAfter < addition.goodputBefore)
  assert.deepEqual(addition.models, [
    {
      name: 'alexnet/8',
      p95BeforeMs: alone.models[0].p95Ms,
      p95AfterMs: together.models[0].p95Ms,
    },
  ])
})

test('an addition must be written out, and leave room', () => {
  const refused = (added: string, message: RegExp) =>
    assert.throws(() => withAddedModels(small, added, '--add'), { name: 'InputError', message })
  refused('alexnet', /^--add: expected MODEL\/SAMPLES:RATE@TARGET/)
  refused(new Array(16).fill('alexnet/8:1@8x').join('+'), /^--add: expected at most 16 .*found 17$/)
})

test('a search has 48 states for each model and at least 288, 384 for up to three models, or a given number', () => {
  const times = (count: number) => ({ ...small, models: new Array(count).fill(small.models[0]) })
  assert.deepEqual(
    [1, 3, 4, 6, 8].map((count) => statesFor(times(count), { seed: 1 })),
    [384, 384, 288, 288, 384],
  )
  assert.equal(statesFor(times(2), { seed: 1, mostStates: 7 }), 7)
})

test('a search that leaves plans out for want of states is said to be cut short, and none for targets that no plan meets', async () => {
  const demand = onOne(small, 1)
  const cutShort = async (mostStates?: number): Promise<boolean> =>
    (await sizeDemand(demand, { ...SETTINGS, mostStates })).cutShort
  assert.deepEqual([await cutShort(1), await cutShort(200), await cutShort()], [true, false, false])
  const { unreachable, cutShort: none } = await sizeDemand(loadDemand('alexnet/8:1@0.5x'), SETTINGS)
  assert.deepEqual([unreachable, none], [['alexnet/8'], false])
})

test('a demand without models is refused', async () => {
  await assert.rejects(sizeDemand({ ...small, models: [] }, SETTINGS), {
    name: 'InputError',
    message: 'demand: models: expected at least one, found none',
  })
})

describe('a target that leaves no time', () => {
  const [model] = small.models
  const sized = (targetUs: number) =>
    sizeDemand({ ...small, models: [{ ...model, targetUs }] }, { ...SETTINGS, mostStates: 1e6 })

  test('is carried at no load, and by no number of GPUs', async () => {
    const { goodput, gpus, models, remedies: tried } = await sized(model.soloUs)
    assert.deepEqual([goodput, gpus, models[0].attainment], [0, null, 0])
    assert.ok(tried.every((remedy) => remedy.goodput === 0))
  })

  test('is named if it is shorter than the latency alone, and nothing is searched for', async () => {
    const hasty = { ...model, targetUs: 0.99 * model.soloUs }
    const { goodput, unreachable } = await sized(hasty.targetUs)
    assert.deepEqual([goodput, unreachable], [0, ['alexnet/8']])
    assert.deepEqual((await sized(model.soloUs)).unreachable, [])
    const both = { ...small, models: [model, hasty] }
    assert.equal(statesFor(both, SETTINGS), 0)
  })
})
