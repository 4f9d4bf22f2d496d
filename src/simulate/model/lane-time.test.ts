import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../../device/catalog/h200.js'
import type { Kernel } from '../../profile/profile.js'
import { stretchTime } from './lane-time.js'

const device = { ...h200, costs: { ...h200.costs, shortestKernelUs: 0 } }

/** A kernel with this many blocks of 1024 threads, of which two fit on a compute unit. */
function kernelOf(blocks: number, us: number): Kernel {
  return {
    ...{ name: 'k', grid: [blocks, 1, 1], block: [1024, 1, 1], registers: 8 },
    ...{ sharedMemoryBytes: 0, durationUs: { 132: us } },
  }
}

function timeOf(blocks: readonly number[], chain: number, lanes: number, us = 10) {
  const kernels = blocks.map((count) => kernelOf(count, us))
  const stretch = { first: 0, count: kernels.length, chain, lanes }
  return stretchTime(device, kernels, Array(kernels.length).fill(us), stretch, 132)
}

test('lanes whose kernels have compute units of their own do not slow each other down', () => {
  assert.equal(timeOf([16, 16, 16, 16], 1, 4)(1, 0), 10)
  // Chains of two, dealt to two lanes. Three in one lane and one in the other would take 60.
  assert.equal(timeOf(Array(8).fill(16), 2, 2)(1, 1), 44)
})

test('kernels that fill the device run one after another, however many lanes there are', () => {
  const us = timeOf(Array(6).fill(264), 1, 6)(1, 0)
  assert.ok(Math.abs(us - 60) < 1e-6, `${us}`)
})

test('kernels that need all of every compute unit gain little side by side, kernels of half a device gain everything', () => {
  // On each compute unit there are two blocks that need all of it. Each takes
  // sqrt(2) times as long beside the other.
  const crowded = timeOf([132, 132], 1, 2)(1, 0)
  assert.ok(crowded > 15 && crowded <= 20, `${crowded}`)
  assert.equal(timeOf([66, 66], 1, 2)(1, 0), 10)
})

test('two waves of a kernel meet others as two kernels of one wave do', () => {
  const [twoWaves, oneWave] = [
    timeOf([266, 266], 1, 2, 10)(1, 0),
    timeOf([133, 133], 1, 2, 5)(1, 0),
  ]
  assert.ok(oneWave > 7.5, `${oneWave}`)
  assert.ok(Math.abs(twoWaves - 2 * oneWave) < 1e-9, `${twoWaves} for twice ${oneWave}`)
})

test('lanes take at least as long as the longest of them, and at most as long as one after another', () => {
  const blocks = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(
      blocks,
      fc.integer({ min: 1, max: 4 }),
      fc.double({ min: 0.5, max: 2, noNaN: true }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      (all, lanes, scale, gapUs) => {
        const us = timeOf(all, 1, lanes)(scale, gapUs)
        const each = 10 * scale + gapUs
        assert.ok(us >= Math.ceil(all.length / lanes) * each - 1e-6)
        assert.ok(us <= all.length * each * 1.5)
      },
    ),
  )
})
