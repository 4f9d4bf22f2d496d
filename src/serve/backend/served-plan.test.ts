import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../../io/demand.js'
import { planOf } from '../echo.test.fixture.js'
import { roughPlan } from '../planning/rough-plan.js'
import { servedNames, servedPlan, underServedNames, withoutTargets } from './served-plan.js'

function served(...models: [model: string, samples: number][]): string[] {
  return servedNames(models.map(([model, samples]) => ({ model, samples })))
}

test('each model is served under a short name of its own that fits into a URL', () => {
  assert.deepEqual(served(['resnet152', 8], ['vgg19', 1]), ['resnet152', 'vgg19'])
  assert.deepEqual(served(['vgg19', 8], ['vgg19', 1], ['vgg19', 1]), [
    'vgg19-8',
    'vgg19-1',
    'vgg19-1-2',
  ])
  assert.deepEqual(
    served(
      ['torchvision:resnet50', 1],
      ['some/where/my model.pt2', 1],
      ['transformers:bert?x=1', 1],
    ),
    ['resnet50', 'my-model', 'bert'],
  )
})

test('on a processor nothing is late by the times expected of another device', () => {
  const plan = planOf(['vgg19'], { targetMs: 5, instances: 3 })
  const predicted = { goodput: 2, plainStreamsGoodput: 1 }
  const evidence = { ...plan.evidence, predicted }
  const onCpu = withoutTargets({ ...plan, evidence })
  const [model] = onCpu.models
  assert.deepEqual(onCpu.evidence, plan.evidence)
  assert.equal(model.instances, 1)
  assert.equal(model.targetMs, 1e6)
  assert.ok(Object.values(model.expectedMs).every(([ms]) => ms < 0.01))
})

test('plans from every source are checked, named and fitted to their device', () => {
  const demand = loadDemand('alexnet/1:50@100ms+alexnet/8:20@100ms', 'h200')
  const rough = roughPlan(demand)
  const served = servedPlan(rough, demand, 'cuda')
  assert.deepEqual(served, underServedNames(rough))
  assert.deepEqual(servedPlan(served, demand, 'cuda'), served)
  const onCpu = servedPlan(rough, demand, 'cpu')
  assert.deepEqual(onCpu, withoutTargets(served))
  assert.deepEqual(servedPlan(onCpu, demand, 'cpu'), onCpu)
  const other = { ...rough, models: rough.models.toReversed() }
  assert.throws(
    () => servedPlan(other, demand, 'sim'),
    /^InputError: the plan: models\[0\]\.samples/,
  )
})
