import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Device } from '../device/device.js'
import { soloRates } from '../evaluate/solo.js'
import { loadScenario } from '../io/scenario.js'
import { createRandom } from '../random.js'
import { constantGaps, poissonGaps, type UnitGaps } from '../schedule/arrivals.js'
import type { ServingSetup } from '../schedule/serving/setup.js'
import { simulateServed } from './simulate-served.js'
import { streamsPlan } from './streams-plan.test.fixture.js'

const scenario = loadScenario('alexnet/8+alexnet/8+vgg19/8')
const plan = streamsPlan(scenario)

type Costs = Device['costs']

const poissonOf = (model: number): UnitGaps => poissonGaps(createRandom(model + 1))

/** Two instances of alexnet and one of vgg19, under Poisson arrivals if nothing else is said. */
function serve(
  rates: readonly number[],
  targetsMs: readonly number[],
  {
    levels = 1,
    dispatchUs = 0,
    nths = [] as number[],
    gapsOf = poissonOf,
    costs = {} as Partial<Costs>,
  } = {},
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
  const device = { ...scenario.device, costs: { ...scenario.device.costs, ...costs } }
  return simulateServed({ ...scenario, device }, plan, options, {
    setup,
    streams: rates.map((ratePerS, m) => ({
      gaps: gapsOf(m),
      ratePerS,
      samples: 8,
    })),
    workerOf: (instance) => instance,
    endUs: 900_000,
    dispatchUs: (_instance, _batch, nth) => {
      nths.push(nth)
      return dispatchUs
    },
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

test('of a launch that is under way at the end of the warm-up, only the rest of its time counts', () => {
  // A single request of vgg19 comes, half a millisecond before the warm-up ends.
  const gapsS = [0.0495]
  const gapsOf = (model: number): UnitGaps => ({
    next: () => (model === 1 ? gapsS.pop() : undefined) ?? Number.POSITIVE_INFINITY,
  })
  const { models, device } = serve([1, 1], [50, 50], { gapsOf })
  const soloUs = 1e6 / soloRates(scenario)[2]
  const busyUs = device.workers[2].busyShare * device.seconds * 1e6
  assert.ok(Math.abs(busyUs + 500 - soloUs) < 0.01 * soloUs, `${busyUs} of ${soloUs}`)
  assert.deepEqual([models[1].offered, models[1].launches, models[1].answered], [0, 0, 0])
})

test('launches do not hold up the host for each other, as the time to dispatch one contains that already', () => {
  const meanUs = (hostTurnaroundPerWorkerUs: number): number =>
    serve([900, 200], [5, 12], { costs: { hostTurnaroundPerWorkerUs } }).models[0].latencyUs.mean
  assert.equal(meanUs(50), meanUs(0))
})

test('a request that ends at its deadline is in time, and one that ends any later is not', () => {
  // A single request of vgg19 comes, after half a second. Times are multiples of a power of two, so sums are exact.
  const under = (targetMs: number) =>
    serve([0.5, 2], [50, targetMs], { gapsOf: constantGaps }).models[1]
  const { answered, latencyUs } = under(50)
  assert.equal(answered, 1)
  assert.equal(under(latencyUs.max / 1000).inTime, 1)
  assert.equal(under(latencyUs.max / 1000 - 1e-6).inTime, 0)
})

test('the time to dispatch a launch is part of every latency', () => {
  const medianUs = (dispatchUs: number): number =>
    serve([5, 5], [50, 50], { dispatchUs }).models[1].latencyUs.quantile(0.5)
  const addedUs = medianUs(2000) - medianUs(0)
  assert.ok(Math.abs(addedUs - 2000) < 60, `${addedUs}`)
})

test('the launches of all models are counted together, from 0 on', () => {
  const nths: number[] = []
  serve([20, 30], [50, 50], { nths })
  assert.ok(nths.length > 20)
  assert.deepEqual(nths, [...nths.keys()])
})

test('launches by deadline keep a model with short targets in time beside one with long targets', () => {
  const [plain] = serve([700, 600], [0.7, 60]).models
  const [leveled] = serve([700, 600], [0.7, 60], { levels: 6 }).models
  assert.ok(
    leveled.attainment > plain.attainment + 0.05,
    `${leveled.attainment} for ${plain.attainment}`,
  )
})
