import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import { constantGaps, poissonGaps } from '../arrivals.js'
import type { ServedModel, ServingSetup } from './setup.js'
import type { ServiceModel } from './shared-device.js'
import { simulateServing } from './simulator.js'

const PATIENT: ServedModel = {
  name: 'm',
  batches: [1],
  targetUs: 1e9,
  maxDelayUs: 0,
  headStartUs: 0,
  quantile: 0.99,
  priorityClass: 1,
  late: 'serve',
  mostWaiting: 1e9,
}

/** Launches that each take a drawn time, whatever runs beside them. */
function unhindered(draw: () => number): ServiceModel {
  return {
    dispatchUs: () => 0,
    workUs: draw,
    speeds: (running, speeds) => speeds.fill(1, 0, running.length),
  }
}

/** One model on its instances. It never drops a request, unless the options say otherwise. */
function setupOf(change: Partial<ServedModel> = {}, instances = 1): ServingSetup {
  return {
    models: [{ ...PATIENT, ...change }],
    instances: new Array(instances).fill(0),
    concurrency: instances,
    levels: 1,
    estimateUs: () => 1000,
  }
}

/** One model on its instances under Poisson arrivals. */
function queueOf(draw: () => number, ratePerS: number, instances: number, seconds: number) {
  return simulateServing({
    setup: setupOf({}, instances),
    streams: [{ gaps: poissonGaps(createRandom(7)), ratePerS, samples: 1 }],
    service: unhindered(draw),
    warmupUs: 1e6,
    endUs: seconds * 1e6,
  })
}

/** The mean sojourn time in an M/G/1 queue (Pollaczek and Khinchine), in the unit of the service times. */
function sojourn(rate: number, mean: number, meanSquare: number): number {
  return mean + (rate * meanSquare) / (2 * (1 - rate * mean))
}

const random = createRandom(11)
for (const { name, draw, meanSquare } of [
  { name: 'constant', draw: () => 1000, meanSquare: 1e6 },
  { name: 'exponential', draw: () => random.exponential(1000), meanSquare: 2e6 },
  {
    name: 'two-valued',
    draw: () => (random.uniform() < 0.9 ? 500 : 5500),
    meanSquare: 0.9 * 500 ** 2 + 0.1 * 5500 ** 2,
  },
]) {
  test(`one instance with ${name} service times is an M/G/1 queue`, () => {
    const [{ latencyUs }] = queueOf(draw, 600, 1, 1200).models
    const expected = sojourn(600e-6, 1000, meanSquare)
    assert.ok(Math.abs(latencyUs.mean / expected - 1) < 0.02, `${latencyUs.mean} for ${expected}`)
  })
}

test('two instances with one queue are an M/M/2 queue', () => {
  const [{ latencyUs }] = queueOf(() => random.exponential(1000), 1400, 2, 600).models
  const rho = 0.7
  // The mean sojourn time of M/M/2 is s / (1 - rho^2).
  const expected = 1000 / (1 - rho ** 2)
  assert.ok(Math.abs(latencyUs.mean / expected - 1) < 0.02, `${latencyUs.mean} for ${expected}`)
})

test('launches that share the device are a processor-sharing queue', () => {
  const many = 64
  const result = simulateServing({
    setup: setupOf({}, many),
    streams: [{ gaps: poissonGaps(createRandom(3)), ratePerS: 600, samples: 1 }],
    service: {
      dispatchUs: () => 0,
      workUs: () => 1000,
      speeds: (running, speeds) => speeds.fill(1 / running.length, 0, running.length),
    },
    warmupUs: 1e6,
    endUs: 600e6,
  })
  // M/G/1 processor sharing: s / (1 - rho), for any distribution.
  const expected = 1000 / 0.4
  const { mean } = result.models[0].latencyUs
  assert.ok(Math.abs(mean / expected - 1) < 0.02, `${mean} for ${expected}`)
  const totalUs = result.runningUs.reduce((a, b) => a + b, 0)
  assert.ok(Math.abs(totalUs / 599e6 - 1) < 1e-3, 'all of the time after the warm-up')
  assert.ok(Math.abs(1 - result.runningUs[0] / totalUs - 0.6) < 0.01)
})

test('dispatch delays a launch and occupies its instance, and slows nothing down', () => {
  const many = 64
  const at = (dispatchUs: number) =>
    simulateServing({
      setup: setupOf({}, many),
      streams: [{ gaps: poissonGaps(createRandom(3)), ratePerS: 600, samples: 1 }],
      service: {
        dispatchUs: () => dispatchUs,
        workUs: () => 1000,
        speeds: (running, speeds) => speeds.fill(1 / running.length, 0, running.length),
      },
      warmupUs: 1e6,
      endUs: 100e6,
    }).models[0].latencyUs.mean
  // A delay that is the same for all launches shifts an M/G/1 processor-sharing queue in time.
  assert.ok(Math.abs(at(700) - at(0) - 700) < 1, `${at(700)} for ${at(0)}`)
})

test('every request that counts is answered or dropped, and overload drops late requests', () => {
  const result = simulateServing({
    setup: {
      models: [{ ...PATIENT, targetUs: 5000, late: 'drop', mostWaiting: 100 }],
      instances: [0],
      concurrency: 1,
      levels: 1,
      estimateUs: () => 1000,
    },
    streams: [{ gaps: poissonGaps(createRandom(5)), ratePerS: 2000, samples: 1 }],
    service: unhindered(() => 1000),
    warmupUs: 1e6,
    endUs: 60e6,
  })
  const [counts] = result.models
  assert.equal(counts.answered + counts.dropped, counts.offered)
  // No answered request is late, and the instance is never idle.
  assert.equal(counts.inTime, counts.answered)
  assert.ok(Math.abs(counts.answered / 59_000 - 1) < 0.01)
})

test('a model is never worse off in a class of its own than without it', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const attained = [1, 2].map((priorityClass) => {
      const { models } = simulateServing({
        setup: {
          models: [
            { ...PATIENT, targetUs: 6000, priorityClass },
            { ...PATIENT, targetUs: 6000 },
          ],
          instances: [0, 1],
          concurrency: 1,
          levels: 1,
          estimateUs: () => 1000,
        },
        streams: [seed, seed + 100].map((one) => ({
          gaps: poissonGaps(createRandom(one)),
          ratePerS: 450,
          samples: 1,
        })),
        service: unhindered(() => 1000),
        warmupUs: 1e6,
        endUs: 30e6,
      })
      return models[0].attainment
    })
    assert.ok(attained[1] >= attained[0], `${attained[1]} with, ${attained[0]} without`)
  }
})

test('requests count from the end of the warm-up to the end of the run, including both moments', () => {
  const [{ offered, answered, launches }] = simulateServing({
    setup: setupOf(),
    // One request every millisecond, from the first one on.
    streams: [{ gaps: constantGaps(), ratePerS: 1000, samples: 1 }],
    service: unhindered(() => 100),
    warmupUs: 10_000,
    endUs: 30_000,
  }).models
  assert.deepEqual([offered, answered, launches], [21, 21, 21])
})

test('a request that ends at its deadline is in time, and one that ends any later is not', () => {
  const attainment = (targetUs: number): number =>
    simulateServing({
      setup: setupOf({ targetUs }),
      streams: [{ gaps: constantGaps(), ratePerS: 500, samples: 1 }],
      service: unhindered(() => 1000),
      warmupUs: 0,
      endUs: 30_000,
    }).models[0].attainment
  assert.equal(attainment(1000), 1)
  assert.equal(attainment(999.99), 0)
})

test('the times with each number of launches add up to the run after the warm-up, each launch in full', () => {
  const { runningUs } = simulateServing({
    setup: setupOf({}, 2),
    // One every millisecond, of which two run together for half a millisecond.
    streams: [{ gaps: constantGaps(), ratePerS: 1000, samples: 1 }],
    service: unhindered(() => 1500),
    warmupUs: 9_500,
    endUs: 30_000,
  })
  // The last two end 0.5 and 1.5 ms after the run.
  assert.deepEqual(runningUs, [0, 11_500, 10_500])
})

test('a run stops once a model has missed more than it may', () => {
  const run = {
    setup: setupOf({ targetUs: 1500 }),
    service: unhindered(() => 1000),
    warmupUs: 0,
    endUs: 60e6,
    stopAtMissed: 0.01,
  }
  const at = (ratePerS: number) =>
    simulateServing({
      ...run,
      streams: [{ gaps: poissonGaps(createRandom(2)), ratePerS, samples: 1 }],
    })
  assert.equal(at(900).stopped, true)
  assert.ok(at(900).models[0].offered < 2000)
  assert.equal(at(5).stopped, false)
})

test('if more requests come than the rate says, a model may miss as many more before the run stops', () => {
  const times = Array.from({ length: 400 }, (_, i) => (i < 200 ? i * 1e-6 : i * 0.01))
  let nth = 0
  const gaps = { next: () => (times[nth] ?? Infinity) - (times[nth++ - 1] ?? 0) }
  const { models, stopped } = simulateServing({
    setup: setupOf({ targetUs: 10_500 }),
    service: unhindered(() => 1000),
    streams: [{ gaps, ratePerS: 1, samples: 1 }],
    warmupUs: 0,
    endUs: 10e6,
    stopAtMissed: 0.5,
  })
  assert.deepEqual([stopped, models[0].offered, models[0].missed], [false, 400, 190])
})

test('a dropped request is a missed one, like a late one', () => {
  const { models, stopped } = simulateServing({
    setup: setupOf({ targetUs: 500, late: 'drop' }),
    service: unhindered(() => 1000),
    streams: [{ gaps: constantGaps(), ratePerS: 100, samples: 1 }],
    warmupUs: 0,
    endUs: 10e6,
    stopAtMissed: 0.01,
  })
  assert.deepEqual([stopped, models[0].dropped, models[0].answered], [true, 12, 0])
})

test('before a run stops, a model may miss a share of its requests after the warm-up, and one more', () => {
  const { models, stopped } = simulateServing({
    setup: setupOf({ targetUs: 500 }),
    service: unhindered(() => 1000),
    streams: [{ gaps: constantGaps(), ratePerS: 100, samples: 1 }],
    warmupUs: 5e6,
    endUs: 15e6,
    stopAtMissed: 0.01,
  })
  assert.equal(stopped, true)
  assert.equal(models[0].missed, 12)
})
