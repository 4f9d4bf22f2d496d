import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../random.js'
import { gapsOf } from '../schedule/serving/demand-streams.js'
import { CLOSED_LOOP, type Scenario } from '../workload/scenario.js'
import { scenarioOfWorkload } from './scenario.js'
import { demandOfScenario } from './workload-demand.js'

const WORKERS = [
  { model: 'vgg19', replicas: 2, load: { poisson: 30 }, p95TargetMs: 40, priorityClass: 'high' },
  { model: 'alexnet', batch: 8 },
  { model: 'vgg19', load: { poisson: 10 } },
] as const

function scenarioOf(workers: readonly object[]): Scenario {
  const workload = { format: 'eclip.workload/1', device: 'h200', workers } as const
  return scenarioOfWorkload(workload as never)
}

function demandOf(workers: readonly object[]) {
  return demandOfScenario(scenarioOf(workers))
}

test('replicas are instances of one model that share the sum of their rates', () => {
  const { models } = demandOf(WORKERS)
  assert.deepEqual(
    models.map(({ name, mostInstances, ratePerSecond }) => [name, mostInstances, ratePerSecond]),
    [
      ['vgg19/1', 2, 60],
      ['alexnet/8', 1, 1e6 / models[1].soloUs / 4],
      ['vgg19/1#2', 1, 10],
    ],
  )
  assert.deepEqual(
    models.map(({ targetUs, quantile, priorityClass }) => [targetUs, quantile, priorityClass]),
    [
      [40_000, 0.95, 'high'],
      [10 * models[1].soloUs, 0.95, 'normal'],
      [10 * models[2].soloUs, 0.95, 'normal'],
    ],
  )
})

test('workers that are alike are replicas of each other, whichever of them share a load', () => {
  const modelsOf = ({ device, workers }: Scenario) =>
    demandOfScenario({ device, workers: workers.map((one) => ({ ...one, load: CLOSED_LOOP })) })
  const scenario = scenarioOf([{ model: 'vgg19' }, { model: 'alexnet' }, { model: 'vgg19' }])
  assert.deepEqual(
    modelsOf(scenario).models.map(({ name, mostInstances }) => [name, mostInstances]),
    [
      ['vgg19/1', 2],
      ['alexnet/1', 1],
    ],
  )
})

test('requests may run together up to the largest batch in the library', () => {
  const [vgg19, alexnet] = demandOf(WORKERS).models
  assert.deepEqual(
    vgg19.profiles.map(({ batch }) => batch),
    [1, 8, 32],
  )
  assert.deepEqual(
    alexnet.profiles.map(({ batch, model }) => [batch, model]),
    [
      [8, 'alexnet'],
      [32, 'alexnet'],
    ],
  )
})

test('a periodic worker has regular requests, with its deadline as target', () => {
  const load = { periodic: { everyMs: 25, deadlineMs: 20 } }
  const [{ ratePerSecond, targetUs, arrivals }] = demandOf([{ model: 'vgg19', load }]).models
  assert.equal(ratePerSecond, 40)
  assert.equal(targetUs, 20_000)
  const gaps = gapsOf(arrivals, createRandom(1))
  assert.deepEqual([gaps.next(), gaps.next(), gaps.next()], [1, 1, 1])
})
