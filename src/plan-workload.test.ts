import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from './errors.js'
import { loadScenario } from './io/scenario.js'
import { planWorkload } from './plan-workload.js'
import type { Workload } from './workload/workload.js'

const QUICK = { searchPlans: 24, runs: 2, seconds: 0.05 } as const

const workload: Workload = {
  format: 'eclip.workload/1',
  device: 'h200',
  workers: ['alexnet', 'vgg19'].map((model) => ({
    model,
    batch: 8,
    replicas: 1,
    load: 'closed',
    priorityClass: 'normal',
    minimumShare: 0,
  })),
}

test('a mix, a workload as data and a scenario are planned alike, however often', async () => {
  const { plan, judgement, metrics } = await planWorkload('alexnet/8+vgg19/8', QUICK)
  assert.equal(plan.evidence.policy, 'windows')
  assert.deepEqual(plan.evidence.judgement, judgement)
  assert.deepEqual([judgement.seeds, judgement.seconds], [[2, 3], 0.05])
  assert.ok(metrics.weightedSpeedup > 0.8)
  assert.deepEqual((await planWorkload(workload, QUICK)).plan, plan)
  assert.deepEqual((await planWorkload(loadScenario('alexnet/8+vgg19/8'), QUICK)).plan, plan)
})

test('options choose the policy and its parameters, and progress is reported', async () => {
  const heard: string[] = []
  const { plan } = await planWorkload(workload, {
    ...QUICK,
    seed: 4,
    onSearch: ({ tried }) => heard.push(`${tried}`),
    onJudging: () => heard.push('judging'),
  })
  assert.equal(plan.evidence.parameters.seed, 4)
  assert.deepEqual(plan.evidence.judgement?.seeds, [5, 6])
  assert.ok(heard.length > 1)
  assert.equal(heard.at(-1), 'judging')
  const equal = await planWorkload(workload, { ...QUICK, policy: 'equal' })
  assert.equal(equal.plan.evidence.policy, 'equal')
})

test('mistakes are bad input, in whatever form the workload is given', async () => {
  await assert.rejects(planWorkload('gpt9/8'), InputError)
  await assert.rejects(planWorkload(workload, { policy: 'fastest' }), InputError)
  const wrong = { ...workload, workers: [{ ...workload.workers[0], batch: -1 }] }
  await assert.rejects(planWorkload(wrong), InputError)
})
