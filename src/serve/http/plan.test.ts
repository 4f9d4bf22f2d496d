import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../../io/demand.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { servedPlan } from '../backend/served-plan.js'
import { echoBackend, echoModel } from '../echo.test.fixture.js'
import { roughPlan } from '../planning/rough-plan.js'
import { clientOfEchoes, errorOf, fp32, jsonOf } from './client.test.fixture.js'

const DEMAND = loadDemand('alexnet/1:50@100ms+vgg19/8:20@100ms', 'h200')
const NAMES = ['alexnet', 'vgg19']

const admit = (plan: ServingPlan): ServingPlan => servedPlan(plan, DEMAND, 'sim')

const client = clientOfEchoes({
  backend: echoBackend(
    NAMES.map((name) => echoModel(name, ['FP32'])),
    { plan: admit(roughPlan(DEMAND)), admit },
  ),
})

function put(body: string): Promise<Response> {
  return fetch(`${client.server.httpUrl}/plan`, { method: 'PUT', body })
}

/** A plan with one of its models changed. */
function withModel(plan: ServingPlan, changes: object, at = 0): object {
  return { ...plan, models: plan.models.with(at, { ...plan.models[at], ...changes }) }
}

test('another plan comes into force under the names that clients use', async () => {
  const plan = await jsonOf<ServingPlan>(client.get('/plan'))
  const named = withModel(plan, { name: 'a name of its own' })
  assert.equal((await put(JSON.stringify({ ...named, concurrency: 3 }))).status, 200)
  assert.deepEqual(await jsonOf(client.get('/plan')), { ...plan, concurrency: 3 })
})

test('a plan that does not fit is refused like a file, and changes nothing', async () => {
  const plan = await jsonOf<ServingPlan>(client.get('/plan'))
  const { models } = plan
  const wrong: [unknown, RegExp][] = [
    [{ ...plan, concurrency: 0 }, /^the plan: concurrency: expected /],
    [{ ...plan, format: 'eclip.serving/2' }, /^the plan: format: .* \(a newer version/],
    [{}, /^the plan: format: expected .*, found nothing$/],
    [{ ...plan, evil: 1 }, /^the plan: .*evil/],
    [
      { ...plan, device: { ...plan.device, fingerprint: 'nvidia:h100:15x8+1x12' } },
      /^the plan: device\.fingerprint: expected .*h200.*, found .*h100/,
    ],
    [{ ...plan, models: models.slice(1) }, /^the plan: models: expected the 2 models/],
    [{ ...plan, models: models.toReversed() }, /^the plan: models\[0\]\.model: expected alexnet/],
    [withModel(plan, { model: 'resnet152' }), /models\[0\]\.model: expected alexnet/],
    [withModel(plan, { samples: 4, batches: [8] }, 0), /models\[0\]\.samples: expected 1/],
    [withModel(plan, { share: 133 }, 1), /models\[1\]\.share: expected at most 132/],
    [
      withModel(plan, { batches: [8, 9], expectedMs: { 8: [1], 9: [1] } }, 1),
      /models\[1\]\.batches: expected some of .*8.*, found 9/,
    ],
    [withModel(plan, { name: 'a\nb' }), /^the plan: models\[0\]\.name: .*"a\\nb"$/],
    [withModel(plan, { instances: 1e9 }), /instances/],
    [withModel(plan, { targetMs: -1 }), /targetMs/],
    [[plan], /JSON object/],
    ['x'.repeat(100), /JSON object/],
  ]
  for (const [body, message] of wrong)
    assert.match(await errorOf(await put(JSON.stringify(body)), 400), message)
  const huge = JSON.stringify(withModel(plan, {})).replace('"targetMs":', '"targetMs":1e999,"x":')
  assert.match(await errorOf(await put(huge), 400), /targetMs/)
  assert.match(await errorOf(await put('{"format":'), 400), /not JSON/)
  assert.match(await errorOf(await put(' '.repeat(2 ** 20 + 1)), 413), /longer/)
  assert.deepEqual(await jsonOf(client.get('/plan')), plan)
  assert.equal((await client.inferJson('alexnet', { inputs: [fp32()] })).status, 200)
})

test('keys that every object inherits are ordinary keys in a plan', async () => {
  const plan = await jsonOf<ServingPlan>(client.get('/plan'))
  const text = JSON.stringify({ ...plan, evidence: { policy: 'p', parameters: {} } })
  const body = text.replace('"parameters":{', '"parameters":{"__proto__":{"isDraining":true}')
  assert.equal((await put(body)).status, 200)
  assert.equal((await client.inferJson('alexnet', { inputs: [fp32()] })).status, 200)
  assert.equal((await put(text.replace('"8":', '"__proto__":'))).status, 400)
})
