import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { mi50 } from '../../device/catalog/mi50.js'
import { clusters, wholeDevice } from '../../device/device.js'
import { windowOf } from '../../device/partition.js'
import { createRandom } from '../../random.js'
import { driverCosts } from './driver-costs.js'
import { effectiveCus } from './effective-cus.js'

const DRAWS = 20_000
const draw = (sample: () => number): number[] => Array.from({ length: DRAWS }, sample)
const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b) / DRAWS

test('mask calls vary around their mean and never exceed the worst one', () => {
  const { mean, worst } = mi50.costs.maskCallUs
  const calls = draw(driverCosts(mi50, 0, createRandom(1)).maskCallUs)
  assert.ok(Math.max(...calls) <= worst && Math.max(...calls) > worst - 1)
  assert.ok(Math.min(...calls) >= 0)
  assert.ok(Math.abs(meanOf(calls) - mean) < 0.5)
})

test('streams up to the queue limit cost nothing, and each further one adds its delay', () => {
  const mean = (streams: number): number =>
    meanOf(draw(driverCosts(mi50, streams, createRandom(1)).overloadUs))
  assert.equal(mean(mi50.queueLimit), 0)
  const one = mean(mi50.queueLimit + 1)
  assert.ok(Math.abs(one - mi50.costs.streamOverloadUs) < 0.5)
  assert.ok(Math.abs(mean(mi50.queueLimit + 3) - 3 * one) < 1)
})

test('if work-groups are dealt over shader engines, the smallest share counts', () => {
  const [first, second, third] = clusters(mi50)
  const cases = [
    { partition: first, expected: 15 },
    { partition: [...first, ...second], expected: 30 },
    { partition: [...first, ...second.slice(0, 1)], expected: 2 },
    {
      partition: [...first.slice(0, 6), ...second.slice(0, 6), ...third.slice(0, 5)],
      expected: 15,
    },
    { partition: wholeDevice(mi50), expected: 60 },
  ]
  for (const { partition, expected } of cases) {
    assert.equal(effectiveCus(mi50, partition), expected)
  }
})

test('without shader engines every compute unit counts', () => {
  assert.equal(effectiveCus(h200, windowOf(14, 2, 16)), 20)
})
