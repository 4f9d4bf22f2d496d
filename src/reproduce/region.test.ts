import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../errors.js'
import { createRandom } from '../random.js'
import { judgeChanged } from './changed.js'
import type { Claim } from './claim.js'
import { judgeModel } from './judge-model.js'
import { latinHypercube } from './latin-hypercube.js'
import { poolPolicies } from './paper.js'
import { type Model, parametersOf } from './perturb.js'
import { RANGES, valueAt, withValues } from './ranges.js'
import { rankCorrelation } from './rank-correlation.js'
import { exploreRegion } from './region.js'
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

/** Explores the region of one mix, and returns the models that were looked at, too. */
async function explore(seed: number, draws: number, most: number) {
  const models: Model[] = []
  const region = await exploreRegion(nominal, {
    ...{ draws, most, seed, mixes: [mixOf(7)], onStep: () => {} },
    setupOf: (model) => {
      models.push(model)
      return setupOf(model)
    },
  })
  return { region, models }
}

test('a region keeps the sets that agree with the evidence, and judges the claims under the first of them', async () => {
  const { region, models } = await explore(1, 24, 3)
  assert.equal(region.judged, 3)
  assert.ok(region.consistent > 3 && region.consistent < region.drawn)
  // The evidence is that kernels slow each other to half speed. With a high knee they do not.
  const knee = region.ranges.find(({ parameter }) => parameter === 'contention.knee')
  assert.ok((knee?.mostConsistent ?? 9) < 1)

  // Every set that is drawn is compared with the evidence, before the claims are judged.
  const judged = models.slice(24, 27)
  const parametersOfSets = judged.map(
    (model) => new Map(parametersOf(model).map(({ name, value }) => [name, value])),
  )
  const valuesOf = (parameter: string): number[] =>
    parametersOfSets.map((values) => values.get(parameter)!)
  for (const { parameter, least, leastConsistent, mostConsistent, most } of region.ranges) {
    const values = valuesOf(parameter)
    assert.ok(least <= leastConsistent && leastConsistent <= Math.min(...values), parameter)
    assert.ok(Math.max(...values) <= mostConsistent && mostConsistent <= most, parameter)
  }
  const claims: Claim[][] = []
  for (const model of judged) {
    claims.push(await judgeModel(setupOf(model), [mixOf(7)], poolPolicies))
  }
  region.claims.forEach(({ id, holds, least, median, most, goesWith }, c) => {
    const own = claims.map((ofModel) => ofModel[c])
    const figures = own.map(({ value }) => value)
    const middle = figures.reduce((total, one) => total + one, 0) - least - most
    assert.deepEqual([least, most], [Math.min(...figures), Math.max(...figures)], id)
    assert.ok(Math.abs(median - middle) < 1e-9, id)
    assert.equal(holds, own.filter((claim) => claim.holds).length / 3, id)
    const strengths = RANGES.map(({ parameter }) =>
      Math.abs(rankCorrelation(valuesOf(parameter), figures)),
    )
    assert.equal(Math.abs(goesWith.correlation), Math.max(...strengths), id)
    assert.equal(goesWith.correlation, rankCorrelation(valuesOf(goesWith.parameter), figures), id)
  })
})

test('a seed draws the same sets every time, and another seed draws others', async () => {
  const drawn = async (seed: number): Promise<string> =>
    JSON.stringify((await explore(seed, 2, 0)).models)
  const first = await drawn(1)
  assert.equal(await drawn(1), first)
  assert.notEqual(await drawn(2), first)
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
  await assert.rejects(judgeChanged(nominal, new Map([['contention.knee', 0]]), options), {
    message: '--set: contention.knee: expected a number of at least 0.001, found 0',
  })
})
