import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sum } from '../numbers.js'
import { distinctLayouts, maximalLayouts } from './enumerate.js'
import { standardProfiles } from './gpu.js'
import { gpuNamed, gpus } from './gpus/registry.js'
import { countProfiles, isLegal, type Layout } from './layout.js'
import { nearestLayouts } from './nearest-counts.js'

function layoutsOf(name: string): Layout[] {
  const gpu = gpuNamed(name)
  return distinctLayouts(maximalLayouts(gpu))
}

/** The counts, from small to large, that come closest to the wanted ones on this many GPUs. */
async function countsNear(name: string, count: number, wanted: readonly number[]) {
  const sizes = standardProfiles(gpuNamed(name)).map((profile, k) => ({
    ...profile,
    wanted: wanted[k],
  }))
  const layouts = await nearestLayouts(layoutsOf(name), count, sizes)
  const found = countProfiles(layouts.flat())
  return { layouts, counts: sizes.map((size) => found.get(size.name) ?? 0) }
}

test('every count is the nearest whole number if the layouts allow that', async () => {
  // 28 + 2 x 5 + 3 + 2 x 7 = 55 of 56 slices, so the last one stays idle.
  const { counts } = await countsNear('h200', 8, [28.04, 4.98, 0.91, 0, 2.18])
  assert.deepEqual(counts, [28, 5, 1, 0, 2])
})

test('the slices that rounding would use are used, if necessary by other sizes', async () => {
  // Rounded, these would be 7 + 2 + 7 slices of 14.
  assert.deepEqual(
    (await countsNear('h200', 2, [7.01, 1.24, 0.23, 0, 0.55])).counts,
    [5, 1, 0, 0, 1],
  )
})

/** Every choice of counts that fits into the layouts of one GPU, except the empty one. */
function countsThatFit(name: string): number[][] {
  const names = standardProfiles(gpuNamed(name)).map((profile) => profile.name)
  const all = layoutsOf(name).flatMap((layout) => {
    const most = countProfiles(layout)
    return names.reduce<number[][]>(
      (some, size) =>
        some.flatMap((counts) =>
          Array.from({ length: (most.get(size) ?? 0) + 1 }, (_, n) => [...counts, n]),
        ),
      [[]],
    )
  })
  return all.filter((counts) => sum(counts) > 0)
}

/**
 * All sizes are wanted about equally often. On one or two GPUs, few counts are then
 * rounded up, and little must be used.
 */
const halves = fc.tuple(...Array.from({ length: 5 }, () => fc.integer({ min: 30, max: 50 })))
const anything = fc.tuple(...Array.from({ length: 5 }, () => fc.nat(20)))

test('no other counts that fit, with something on every GPU, are closer', async () => {
  const slices = standardProfiles(gpuNamed('a100-40')).map(({ computeSlices }) => computeSlices)
  const slicesOf = (counts: readonly number[]): number => sum(counts.map((n, k) => n * slices[k]))
  const ofOne = countsThatFit('a100-40')
  const ofTwo = ofOne.flatMap((a) => ofOne.map((b) => a.map((n, k) => n + b[k])))
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(halves, anything).filter((some) => sum(some) > 0),
      fc.integer({ min: 1, max: 2 }),
      async (some, gpusThere) => {
        const wanted = some.map((part) => (7 * gpusThere * part) / slicesOf(some))
        const least = Math.min(7 * gpusThere, slicesOf(wanted.map(Math.round)))
        const distance = (counts: readonly number[]): number =>
          sum(counts.map((n, k) => slices[k] * Math.abs(n - wanted[k])))
        const all = (gpusThere === 1 ? ofOne : ofTwo).filter((counts) => slicesOf(counts) >= least)
        const best = all.reduce(
          (nearest, counts) => Math.min(nearest, distance(counts)),
          Number.POSITIVE_INFINITY,
        )
        const { counts } = await countsNear('a100-40', gpusThere, wanted)
        assert.ok(Math.abs(distance(counts) - best) < 1e-6, `${counts} for ${wanted}`)
      },
    ),
    { numRuns: 60, seed: 16 },
  )
})

test('layouts are legal, there is one for every GPU, and none is empty', async () => {
  const wantedSlices = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...gpus.values()),
      fc.integer({ min: 1, max: 12 }),
      wantedSlices.filter((some) => some[0] > 0),
      async (gpu, count, some) => {
        const profiles = standardProfiles(gpu)
        const parts = some.slice(0, profiles.length)
        const wanted = parts.map(
          (part, k) => (part * count * gpu.computeSlices) / sum(parts) / profiles[k].computeSlices,
        )
        const { layouts } = await countsNear(gpu.name, count, wanted)
        assert.equal(layouts.length, count)
        for (const layout of layouts) {
          assert.ok(layout.length > 0)
          assert.ok(isLegal(gpu, layout))
        }
      },
    ),
    { numRuns: 40, seed: 7 },
  )
})
