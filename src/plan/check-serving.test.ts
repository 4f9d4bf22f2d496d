import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { fingerprint } from '../device/device.js'
import { InputError } from '../errors.js'
import { kernelTaking } from '../profile/kernel.test.fixture.js'
import type { Profile } from '../profile/profile.js'
import type { Demand, DemandModel } from '../workload/demand.js'
import { checkServingPlan } from './check-serving.js'
import type { ServedModelPlan, ServingPlan } from './serving-plan.js'

function profileAt(batch: number): Profile {
  const kernels = [kernelTaking({ '132': 1 })]
  return {
    ...{ format: 'eclip.profile/1', model: 'a', batch, device: 'h200', source: 'measured' },
    kernels,
  } as Profile
}

const asked: DemandModel = {
  ...{
    name: 'a',
    model: 'a',
    profiles: [profileAt(2), profileAt(4)],
    ratePerSecond: 1,
    samples: 2,
  },
  ...{ arrivals: { kind: 'poisson' }, targetUs: 1000, soloUs: 100, quantile: 0.99 },
  ...{ priorityClass: 'normal', mostInstances: 1 },
}
const demand: Demand = { device: h200, models: [asked] }

const model: ServedModelPlan = {
  ...{ name: 'a', model: 'a', samples: 2, batches: [2, 4], maxDelayMs: 0, targetMs: 1 },
  ...{ quantile: 0.99, priorityClass: 'normal', late: 'drop', instances: 1, share: 132 },
  expectedMs: { 2: [1], 4: [1] },
}
const plan: ServingPlan = {
  format: 'eclip.serving/1',
  device: { name: 'h200', fingerprint: fingerprint(h200) },
  ...{ mechanism: 'mps', concurrency: 1, priority: 'deadline', models: [model] },
  evidence: { policy: 'test', parameters: {} },
}

test('a plan fits a demand up to the whole device for each model', () => {
  assert.doesNotThrow(() => checkServingPlan(plan, demand, 'plan'))
})

test('a plan for anything else is refused at the place where it differs', () => {
  const withModel = (change: Partial<ServedModelPlan>): ServingPlan => ({
    ...plan,
    models: [{ ...model, ...change }],
  })
  const two = { ...plan, models: [model, { ...model, name: 'b' }] }
  for (const [other, problem, of = demand] of [
    [
      { ...plan, device: { name: 'x', fingerprint: 'x' } },
      `plan: device.fingerprint: expected ${fingerprint(h200)}, found x`,
    ],
    [two, 'plan: models: expected the one model of the demand, found 2'],
    [
      plan,
      'plan: models: expected the 2 models of the demand, found 1',
      { ...demand, models: [asked, asked] },
    ],
    [withModel({ model: 'b' }), 'plan: models[0].model: expected a, found b'],
    [withModel({ samples: 1 }), 'plan: models[0].samples: expected 2, found 1'],
    [
      withModel({ share: 133 }),
      'plan: models[0].share: expected at most 132 compute units, found 133',
    ],
    [withModel({ batches: [2, 8] }), 'plan: models[0].batches: expected some of 2, 4, found 8'],
  ] as const) {
    assert.throws(
      () => checkServingPlan(other, of, 'plan'),
      (error) => error instanceof InputError && error.message === problem,
      problem,
    )
  }
})
