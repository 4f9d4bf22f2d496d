import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../errors.js'
import { createRandom } from '../random.js'
import { judgeChanged } from './changed.js'
import { latinHypercube } from './latin-hypercube.js'
import { parametersOf } from './perturb.js'
import { RANGES, valueAt, withValues } from './ranges.js'
import { rankCorrelation } from './rank-correlation.js'
import { exploreRegion, type Region } from './region.js'
import { mixOf, nominal, setupOf } from './setup.test.fixture.js'

test('a latin hypercube has one point in every slice of every dimension', () => {
  const points = latinHypercube(20, 3, createRandom(5))
  assert.equal(points.length, 20)
  for (let d = 0; d < 3; d++) {
    const slices = points.map((point) => Math.floor(point[d] * 20)).sort((a, b) => a - b)
    assert.deepEqual(
      slices,
      Array.from({ length: 20 }, (_, i) => i),
    )
  }
})

test('rank correlation depends on order and not on distance, and ties share their ranks', () => {
  assert.equal(rankCorrelation([1, 2, 3], [1, 10, 1000]), 1)
  assert.equal(rankCorrelation([1, 2, 3], [9, 5, 1]), -1)
  assert.equal(rankCorrelation([1, 2, 3], [7, 7, 7]), 0)
  // Ranks 0, 1, 2, 3 against 0.5, 0.5, 2, 3: the covariance is 4.5, the variances are 5 and 4.5.
  assert.ok(Math.abs(rankCorrelation([1, 2, 3, 4], [1, 1, 2, 3]) - 4.5 / Math.sqrt(22.5)) < 1e-12)
})

test('every range belongs to a number of the model, and contains the one that ships', () => {
  const numbers = new Map(parametersOf(nominal).map(({ name, value }) => [name, value]))
  for (const range of RANGES) {
    const value = numbers.get(range.parameter)
    assert.ok(value !== undefined, range.parameter)
    assert.ok(value >= range.least && value <= range.most, `${range.parameter} ${value}`)
    assert.ok(Math.abs(valueAt(range, 0) - range.least) < 1e-12)
    assert.ok(Math.abs(valueAt(range, 1) - range.most) < 1e-12)
  }
})

test('values replace the numbers that they name, and no others', () => {
  const changed = withValues(
    nominal,
    new Map([
      ['contention.knee', 0.5],
      ['roofline.floorUs', 4],
    ]),
  )
  const moved = parametersOf(changed).filter(
    ({ value }, i) => value !== parametersOf(nominal)[i].value,
  )
  assert.deepEqual(
    moved.map(({ name, value }) => [name, value]),
    [
      ['contention.knee', 0.5],
      ['roofline.floorUs', 4],
    ],
  )
})

const explore = (seed: number): Promise<Region> =>
  exploreRegion(nominal, {
    draws: 24,
    most: 3,
    seed,
    mixes: [mixOf(7)],
    setupOf,
    onStep: () => {},
  })

test('a region keeps the sets that agree with the evidence, and repeats itself', async () => {
  const region = await explore(1)
  assert.ok(region.consistent > 0 && region.consistent < region.drawn)
  assert.equal(region.judged, Math.min(3, region.consistent))
  for (const range of region.ranges) {
    assert.ok(range.leastConsistent >= range.least && range.mostConsistent <= range.most)
  }
  // The evidence is that kernels slow each other to half speed. With a high knee they do not.
  const knee = region.ranges.find(({ parameter }) => parameter === 'contention.knee')
  assert.ok((knee?.mostConsistent ?? 9) < 1)
  for (const claim of region.claims) {
    assert.ok(claim.least <= claim.median && claim.median <= claim.most, claim.id)
    assert.ok(claim.holds >= 0 && claim.holds <= 1)
  }
  assert.deepEqual(await explore(1), region)
})

test('replaced numbers are judged beside those that ship, including the evidence', async () => {
  const options = { mixes: [mixOf(7)], setupOf, onStep: () => {} }
  const changed = await judgeChanged(nominal, new Map([['contention.knee', 1.2]]), options)
  const pair = changed.checks.find(({ shipped }) => shipped.id === 'full-kernels')
  assert.ok(pair && pair.changed.ours < pair.shipped.ours - 0.1)
  assert.ok(changed.claims.some(({ shipped, changed: after }) => shipped.value !== after.value))
  await assert.rejects(
    judgeChanged(nominal, new Map([['contention.knie', 1]]), options),
    (error) => error instanceof InputError && /one of costs\./.test(error.message),
  )
})
