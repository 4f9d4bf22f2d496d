import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { sum } from '../numbers.js'
import { createRandom } from '../random.js'
import { batchSampler, largestBatch, logNormalBatches, weightedBatches } from './batch-sizes.js'

test('log-normal batches sum to 1 and have their median', () => {
  const distribution = logNormalBatches({ median: 8, sigma: 0.5, maxBatch: 64 })
  assert.ok(Math.abs(sum(distribution) - 1) < 1e-12)
  const below = sum([...distribution].slice(0, 8))
  assert.ok(below < 0.5 && below + distribution[8] > 0.5)
  assert.equal(distribution[0], 0)
})

test('if only one batch is possible, it is certain', () => {
  assert.deepEqual([...logNormalBatches({ median: 1, sigma: 1, maxBatch: 1 })], [0, 1])
})

test('log-normal weights are those of the exact distribution function', () => {
  // Phi((ln(b + 0.5) - ln 8) / 0.5) - Phi((ln(b - 0.5) - ln 8) / 0.5), divided by its sum over 1 to 64.
  const distribution = logNormalBatches({ median: 8, sigma: 0.5, maxBatch: 64 })
  for (const [batch, weight] of [
    [1, 0.000407046],
    [4, 0.075794051],
    [8, 0.099606335],
    [16, 0.019120513],
    [40, 0.000112371],
  ]) {
    assert.ok(Math.abs(distribution[batch] - weight) < 2e-7, `${batch}: ${distribution[batch]}`)
  }
})

test('the largest batch is one that occurs', () => {
  assert.equal(largestBatch(Float64Array.of(0, 0.5, 0.5, 0)), 2)
  assert.equal(largestBatch(Float64Array.of(0, 1)), 1)
})

test('a sampler draws each batch as often as requested', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(weights, fc.integer({ min: 0, max: 1000 }), (asked, seed) => {
      fc.pre(sum(asked) > 0)
      const distribution = weightedBatches(
        asked.map((weight, i) => [i + 1, weight]),
        asked.length,
        'test',
      )
      const draw = batchSampler(distribution, createRandom(seed))
      const counts = new Float64Array(distribution.length)
      const n = 20_000
      for (let i = 0; i < n; i++) counts[draw()]++
      distribution.forEach((p, batch) => {
        const doubt = 5 * Math.sqrt((p * (1 - p)) / n)
        assert.ok(Math.abs(counts[batch] / n - p) <= doubt, `batch ${batch}`)
      })
    }),
    { numRuns: 25 },
  )
})

test('weights become probabilities, up to the largest batch', () => {
  const distribution = weightedBatches(
    [
      [1, 3],
      [4, 1],
    ],
    8,
    'test',
  )
  assert.deepEqual([distribution[1], distribution[4]], [0.75, 0.25])
  assert.equal(largestBatch(distribution), 4)
})

test('wrong distributions are refused, each with its own reason', () => {
  type Wrong = readonly [path: string, make: () => unknown]
  const logNormal = (path: string, median: number, sigma: number, maxBatch = 8): Wrong => {
    return [path, () => logNormalBatches({ median, sigma, maxBatch })]
  }
  const weighted = (path: string, ...weights: (readonly [number, number])[]): Wrong => {
    return [path, () => weightedBatches(weights, 8, 'test')]
  }
  const wrong = [
    logNormal('median', 0, 1),
    logNormal('median', Number.NaN, 1),
    logNormal('median', Number.POSITIVE_INFINITY, 1),
    logNormal('median', 1e9, 1),
    logNormal('sigma', 4, 0),
    logNormal('sigma', 4, -1),
    logNormal('sigma', 4, Number.POSITIVE_INFINITY),
    logNormal('maxBatch', 4, 1, 0),
    logNormal('maxBatch', 4, 1, 2.5),
    weighted('entry 1', [0, 1]),
    weighted('entry 1', [9, 1]),
    weighted('entry 2', [1, 1], [1.5, 1]),
    weighted('entry 2', [1, 2], [2, -1]),
    weighted('entry 1', [1, Number.POSITIVE_INFINITY], [2, 1]),
    weighted('entry 2', [1, 1], [1, 1]),
    weighted('', [1, 0]),
    weighted(''),
  ]
  for (const [path, make] of wrong) {
    assert.throws(make, (error) => error instanceof InputError && error.problem.path === path)
  }
})

test('the smallest and the largest batch may have all the weight', () => {
  for (const batch of [1, 8]) {
    const distribution = weightedBatches([[batch, 0.5]], 8, 'test')
    assert.equal(distribution[batch], 1)
    assert.equal(largestBatch(distribution), batch)
  }
})
