import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WorkError } from '../errors.js'
import { sum } from '../numbers.js'
import { weightedBatches } from '../schedule/partitions/batch-sizes.js'
import { distinctLayouts, maximalLayouts } from './enumerate.js'
import { standardProfiles } from './gpu.js'
import { gpuNamed, gpus } from './gpus/registry.js'
import { countProfiles, isLegal } from './layout.js'
import {
  capacityTakenUs,
  fractionalCarriedPerS,
  type RoundingProblem,
  roundLayouts,
} from './rounding.js'

/** A problem on a random GPU, with latencies that grow with the batch and shrink with the size. */
const problems: fc.Arbitrary<RoundingProblem> = fc
  .record({
    gpu: fc.constantFrom(...gpus.values()),
    gpus: fc.integer({ min: 1, max: 4 }),
    fixedUs: fc.integer({ min: 10, max: 500 }),
    perSampleUs: fc.integer({ min: 100, max: 5000 }),
    weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
    looseness: fc.double({ min: 1.2, max: 5, noNaN: true }),
    lateShare: fc.constantFrom(0, 0.01, 0.05),
    tightness: fc.constantFrom(0, 0.3, 0.9),
  })
  .map(({ gpu, gpus, fixedUs, perSampleUs, weights, looseness, ...rest }) => {
    const sizes = standardProfiles(gpu).map(({ name, computeSlices, cus }) => ({
      name,
      computeSlices,
      cus,
      latencyUs: Float64Array.from({ length: weights.length + 1 }, (_, b) =>
        b === 0 ? 0 : fixedUs + (perSampleUs * b * 16) / cus,
      ),
    }))
    const wholeUs = sizes[sizes.length - 1].latencyUs[weights.length]
    return {
      layouts: distinctLayouts(maximalLayouts(gpu)),
      gpus,
      sizes,
      distribution: weightedBatches(
        weights.map((weight, i) => [i + 1, weight]),
        weights.length,
        'test',
      ),
      slaUs: looseness * wholeUs,
      ...rest,
    }
  })

test('roundings are whole legal layouts, distinct, best first, and below the fractional bound', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      const answers = await roundLayouts(problem, 3)
      const bound = await fractionalCarriedPerS(problem)
      assert.ok(answers.length >= 1 && answers.length <= 3)
      const seen = new Set<string>()
      answers.forEach(({ gpusPerLayout, carriedPerS }, i) => {
        assert.equal(sum(gpusPerLayout), problem.gpus)
        assert.ok(gpusPerLayout.every((n) => Number.isInteger(n) && n >= 0))
        const gpu = [...gpus.values()].find(({ profiles }) =>
          profiles.includes(problem.layouts[0][0].profile),
        )!
        gpusPerLayout.forEach((n, m) => {
          assert.ok(n === 0 || isLegal(gpu, problem.layouts[m]))
        })
        assert.ok(carriedPerS <= bound * (1 + 1e-6))
        if (i > 0) assert.ok(carriedPerS <= answers[i - 1].carriedPerS * (1 + 1e-6))
        seen.add(gpusPerLayout.join())
      })
      assert.equal(seen.size, answers.length)
    }),
    { numRuns: 20 },
  )
})

/** What a set of layouts carries if every batch may only run on one size, computed by hand. */
test('one batch size: the rounding takes the layout with the most capacity', async () => {
  const gpu = [...gpus.values()].find(({ name }) => name === 'h200')!
  const profiles = standardProfiles(gpu)
  const layouts = distinctLayouts(maximalLayouts(gpu, profiles))
  const sizes = profiles.map(({ name, computeSlices, cus }) => ({
    name,
    computeSlices,
    cus,
    latencyUs: Float64Array.of(0, 100_000 / cus),
  }))
  const slaUs = 10_000
  const [best] = await roundLayouts(
    {
      layouts,
      gpus: 1,
      sizes,
      distribution: Float64Array.of(0, 1),
      slaUs,
      lateShare: 0,
      tightness: 0.5,
    },
    1,
  )
  const carried = layouts.map((layout) =>
    sum(
      [...countProfiles(layout)].map(([name, n]) => {
        const { latencyUs } = sizes.find((size) => size.name === name)!
        return (n * 1e6) / capacityTakenUs(latencyUs[1], slaUs, 0.5)
      }),
    ),
  )
  assert.ok(Math.abs(best.carriedPerS / Math.max(...carried) - 1) < 1e-6)
  assert.equal(best.gpusPerLayout[carried.indexOf(Math.max(...carried))], 1)
})

/** One GPU, and requests of one or two samples that take `fixedUs + perSampleUs * 16 / cus` each. */
function twoBatches(gpu: string, fixedUs: number, perSampleUs: number, slaUs: number) {
  const standard = standardProfiles(gpuNamed(gpu))
  const us = (cus: number, batch: number): number => fixedUs + (16 * perSampleUs * batch) / cus
  return {
    layouts: distinctLayouts(maximalLayouts(gpuNamed(gpu), standard)),
    gpus: 1,
    sizes: standard.map(({ name, computeSlices, cus }) => ({
      name,
      computeSlices,
      cus,
      latencyUs: Float64Array.of(0, us(cus, 1), us(cus, 2)),
    })),
    distribution: Float64Array.of(0, 2 / 3, 1 / 3),
    slaUs,
    lateShare: 0,
    tightness: 0,
  }
}

test('a layout that carries nothing is not an answer', async () => {
  // Only the whole GPU runs batch 2 in time. When it was asked for the next best answer, the solver never returned.
  for (const problem of [twoBatches('h100-80', 10, 100, 41), twoBatches('a30', 13, 3215, 2220)]) {
    const answers = await roundLayouts(problem, 14)
    assert.equal(answers.length, 1)
    assert.ok(answers[0].carriedPerS > 100)
    const [layout] = problem.layouts.filter((_, m) => answers[0].gpusPerLayout[m] === 1)
    assert.equal(layout.length, 1)
  }
})

test('a batch that is always late may be served late, as far as late requests are allowed', async () => {
  // No size runs batch 2 in time, and a third of the requests have batch 2.
  const problem = twoBatches('a30', 13, 3215, 1000)
  await assert.rejects(roundLayouts({ ...problem, lateShare: 0.33 }, 1), WorkError)
  const [{ carriedPerS }] = await roundLayouts({ ...problem, lateShare: 0.34 }, 1)
  // The whole GPU takes 931.6 us for batch 1 and 1850.1 us for batch 2.
  const us = 13 + (16 * 3215) / 56
  const meanUs = (2 * us) / 3 + (13 + (32 * 3215) / 56) / 3
  assert.ok(Math.abs((carriedPerS * meanUs) / 1e6 - 1) < 1e-6, `${carriedPerS}`)
})

test('if no layout carries anything, there is no answer', async () => {
  await assert.rejects(roundLayouts(twoBatches('a30', 13, 3215, 1000), 1), WorkError)
})

test('there are no more answers than sets of layouts', async () => {
  const gpu = [...gpus.values()].find(({ name }) => name === 'mi300x')!
  const profiles = standardProfiles(gpu)
  const sizes = profiles.map(({ name, computeSlices, cus }) => ({
    name,
    computeSlices,
    cus,
    latencyUs: Float64Array.of(0, 1000),
  }))
  const layouts = distinctLayouts(maximalLayouts(gpu, profiles))
  const problem = {
    layouts,
    gpus: 1,
    sizes,
    distribution: Float64Array.of(0, 1),
    slaUs: 5000,
    lateShare: 0,
    tightness: 0.9,
  }
  assert.equal((await roundLayouts(problem, 20)).length, 4)
})
