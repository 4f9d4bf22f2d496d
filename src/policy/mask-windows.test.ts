import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { catalog } from '../device/catalog/registry.js'
import { clusters, cusOf, offeredCus, poolUnits, totalCus } from '../device/device.js'
import { kernelUs } from '../profile/duration.js'
import { unitWindow, windowOfCus } from './mask-windows.js'
import { DEFAULT_PARAMETERS } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { rightSizedPlan, toleranceOf } from './right-sized.js'

const device = fc.constantFrom(...catalog.values())

test('a window for a number of compute units has them, on as few granules as possible', () => {
  fc.assert(
    fc.property(device, fc.nat(200), fc.integer({ min: 1, max: 400 }), (gpu, place, cus) => {
      const start = place % gpu.granules.length
      const window = windowOfCus(gpu, start, cus)
      assert.equal(new Set(window).size, window.length)
      assert.ok(cusOf(gpu, window) >= Math.min(cus, totalCus(gpu)))
      const largest = Math.max(...window.map((granule) => gpu.granules[granule].cus))
      assert.ok(window.length === 1 || cusOf(gpu, window) - largest < cus)
    }),
  )
})

test('elsewhere a window consists of neighbours, even around the end', () => {
  assert.deepEqual(windowOfCus(h200, 2, 24), [2, 3, 4])
  assert.deepEqual(windowOfCus(h200, 15, 20), [0, 15])
})

test('clusters may differ in size, and the whole device has all of them', () => {
  const uneven = { ...mi50, granules: mi50.granules.slice(0, -2) }
  const all = uneven.granules.map((_, granule) => granule)
  assert.deepEqual(windowOfCus(uneven, 0, totalCus(uneven)), all)
})

test('if mask bits go around the clusters, a window is spread evenly over them', () => {
  for (let cus = 1; cus <= totalCus(mi50); cus++) {
    const window = windowOfCus(mi50, 0, cus)
    const held = clusters(mi50).map(
      (cluster) => window.filter((granule) => cluster.includes(granule)).length,
    )
    assert.ok(Math.max(...held) - Math.min(...held) <= 1, `${held} for ${cus}`)
  }
})

test('counts are offered up to the whole device, each larger than the one before', () => {
  for (const gpu of catalog.values()) {
    const offered = offeredCus(gpu)
    assert.equal(offered.length, gpu.granules.length)
    assert.equal(offered.at(-1), totalCus(gpu))
    assert.equal(offered[0], gpu.granules[0].cus)
    offered.slice(1).forEach((cus, i) => {
      assert.equal(cus - offered[i], gpu.granules[i + 1].cus)
    })
  }
})

test('a window of pool units has whole units, and wraps around', () => {
  const units = poolUnits(mi50)
  const sorted = (granules: readonly number[]): number[] => granules.toSorted((a, b) => a - b)
  assert.deepEqual(unitWindow(mi50, 1, 2), sorted([...units[1], ...units[2]]))
  const last = units.length - 1
  assert.deepEqual(unitWindow(mi50, last, 2), sorted([...units[last], ...units[0]]))
})

test('each kernel gets the fewest offered units on which it is within the tolerance of its best', () => {
  for (const gpu of [mi50, h200]) {
    const scenario = randomScenario(gpu, 2, 30)
    const parameters = { ...DEFAULT_PARAMETERS, tolerance: 0.2 }
    const how = { policy: 'test', mechanism: 'hardware' } as const
    const { pool, workers } = rightSizedPlan(scenario, parameters, how)
    const { absoluteUs } = toleranceOf(parameters)
    workers.forEach(({ groups }, w) => {
      assert.ok(groups.every(({ priority }) => priority === 0))
      const placed = groups.flatMap(({ kernels, partition }) =>
        new Array<number>(kernels).fill((pool[partition] as { cus: number }).cus),
      )
      scenario.workers[w].profile.kernels.forEach((kernel, k) => {
        const times = offeredCus(gpu).map((cus) => ({ cus, us: kernelUs(kernel, cus) }))
        const limitUs = Math.min(...times.map(({ us }) => us)) * 1.2 + absoluteUs
        const enough = times.filter(({ us }) => us <= limitUs).map(({ cus }) => cus)
        assert.equal(placed[k], Math.min(...enough))
      })
    })
  }
})
