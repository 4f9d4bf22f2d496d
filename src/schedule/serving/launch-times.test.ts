import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import { LaunchTimes } from './launch-times.js'
import type { ServingSetup } from './setup.js'

/** Two models. One instance of the second model is quicker. */
const setup: ServingSetup = {
  models: ['a', 'b'].map((name) => ({
    name,
    batches: [1, 8],
    targetUs: 1e4,
    maxDelayUs: 0,
    headStartUs: 0,
    quantile: 0.99,
    priorityClass: 1,
    late: 'drop' as const,
    mostWaiting: 100,
  })),
  instances: [0, 1, 1],
  concurrency: 3,
  levels: 1,
  estimateUs: (instance, batch, running) => (instance === 1 ? 500 : 1000) * batch * running ** 2,
}

test('before the first launch, the quickest instance alone counts, and 30% more beside others', () => {
  const times = new LaunchTimes(setup)
  assert.equal(times.leastUs(0, 0, true), 1000)
  assert.equal(times.leastUs(1, 1, true), 4000)
  assert.equal(times.leastUs(1, 1, false), 5200)
})

test('the recent times of launches count if they are shorter, only for that model and batch size', () => {
  const times = new LaunchTimes(setup)
  times.note(1, 1, 3000)
  assert.equal(times.leastUs(1, 1, false), 3000)
  assert.equal(times.leastUs(1, 0, false), 650)
  assert.equal(times.leastUs(0, 1, false), 10_400)
  for (let i = 0; i < 1000; i++) times.note(1, 1, 1e6)
  assert.equal(times.leastUs(1, 1, false), 5200)
})

test('the usual time is near the median of recent launches, and follows them when they change', () => {
  const times = new LaunchTimes(setup)
  const random = createRandom(5)
  for (const [shortest, longest] of [
    [300, 500],
    [600, 640],
    [100, 900],
  ]) {
    let below = 0
    for (let i = 0; i < 4000; i++) {
      const tookUs = shortest + (longest - shortest) * random.uniform()
      times.note(0, 0, tookUs)
      if (i >= 1000 && tookUs < times.leastUs(0, 0, true)) below++
    }
    assert.ok(Math.abs(below / 3000 - 0.5) < 0.05, `${below} of 3000 in ${shortest} to ${longest}`)
  }
})
