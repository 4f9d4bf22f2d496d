import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soloRates } from '../evaluate/solo.js'
import { loadScenario } from '../io/scenario.js'
import { createRandom } from '../random.js'
import { poissonGaps } from '../schedule/arrivals.js'
import type { ServingSetup } from '../schedule/serving/setup.js'
import { simulateServed } from './simulate-served.js'
import { streamsPlan } from './streams-plan.test.fixture.js'

const scenario = loadScenario('alexnet/8+alexnet/8+vgg19/8')
const plan = streamsPlan(scenario)

/** Two instances of alexnet and one of vgg19, under Poisson arrivals. */
function serve(
  rates: readonly number[],
  targetsMs: readonly number[],
  { levels = 1, dispatchUs = 0 } = {},
) {
  const setup: ServingSetup = {
    models: ['alexnet', 'vgg19'].map((name, m) => ({
      name,
      batches: [8],
      targetUs: targetsMs[m] * 1000,
      maxDelayUs: 0,
      headStartUs: 0,
      quantile: 0.99,
      priorityClass: 1,
      late: 'drop',
      mostWaiting: 800,
    })),
    instances: [0, 0, 1],
    concurrency: 3,
    levels,
    estimateUs: () => 100,
  }
  const options = { seed: 1, warmupUs: 50_000, durationUs: 950_000, mode: 'exact' } as const
  return simulateServed(scenario, plan, options, {
    setup,
    streams: rates.map((ratePerS, m) => ({
      gaps: poissonGaps(createRandom(m + 1)),
      ratePerS,
      samples: 8,
    })),
    workerOf: (instance) => instance,
    endUs: 900_000,
    dispatchUs: () => dispatchUs,
  })
}

test('every request that counts is answered or dropped, and the same seed gives the same run', () => {
  const { models, device } = serve([900, 200], [5, 12])
  for (const { offered, answered, dropped } of models) assert.equal(answered + dropped, offered)
  for (const { samples, launches } of models) assert.equal(samples, 8 * launches)
  assert.ok(models[0].offered > 650 && models[0].offered < 870)
  const again = serve([900, 200], [5, 12])
  assert.deepEqual(
    again.models.map(({ latencyUs }) => latencyUs.mean),
    models.map(({ latencyUs }) => latencyUs.mean),
  )
  assert.equal(again.device.powerW, device.powerW)
})

test('drops of an overloaded model are counted from the warm-up on, as its offers are', () => {
  const [{ offered, answered, dropped }] = serve([9000, 200], [2, 12]).models
  assert.ok(dropped > 500, `${dropped} dropped`)
  assert.equal(answered + dropped, offered)
})

test('a single request takes its latency alone, and instances of a model share one queue', () => {
  const { models } = serve([5, 5], [50, 50])
  const soloUs = 1e6 / soloRates(scenario)[2]
  const medianUs = models[1].latencyUs.quantile(0.5)
  assert.ok(Math.abs(medianUs / soloUs - 1) < 0.01, `${medianUs} for ${soloUs}`)
})

test('an instance is busy for as long as its launches take, from the warm-up on', () => {
  const { seconds, workers } = serve([5, 60], [50, 50]).device
  const soloUs = 1e6 / soloRates(scenario)[2]
  const busyUs = workers[2].busyShare * seconds * 1e6
  assert.ok(Math.abs(busyUs / (workers[2].completed * soloUs) - 1) < 0.02, `${busyUs} µs`)
  assert.deepEqual([workers[1].completed, workers[1].busyShare], [0, 0])
})

test('the time to dispatch a launch is part of every latency', () => {
  const medianUs = (dispatchUs: number): number =>
    serve([5, 5], [50, 50], { dispatchUs }).models[1].latencyUs.quantile(0.5)
  const addedUs = medianUs(2000) - medianUs(0)
  assert.ok(Math.abs(addedUs - 2000) < 60, `${addedUs}`)
})

test('launches by deadline keep a model with short targets in time beside one with long targets', () => {
  const [plain] = serve([700, 600], [0.7, 60]).models
  const [leveled] = serve([700, 600], [0.7, 60], { levels: 6 }).models
  assert.ok(
    leveled.attainment > plain.attainment + 0.05,
    `${leveled.attainment} for ${plain.attainment}`,
  )
})
