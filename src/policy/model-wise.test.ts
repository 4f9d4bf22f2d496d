import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { cusOf } from '../device/device.js'
import { overlaps } from '../device/partition.js'
import { sum } from '../numbers.js'
import { windowOfCus } from './mask-windows.js'
import { placeLeastOverlap } from './model-wise.js'

test('partitions that fit side by side do not overlap', () => {
  const [a, b, c] = placeLeastOverlap(h200, [32, 64, 32])
  assert.ok(!overlaps(a, b) && !overlaps(a, c) && !overlaps(b, c))
})

test('a partition that must overlap others does so with as few as possible', () => {
  const placed = placeLeastOverlap(h200, [64, 64, 64])
  const holders = h200.granules.map((_, g) => placed.filter((p) => p.includes(g)).length)
  assert.equal(Math.max(...holders), 2)
})

test('the larger are placed first, each on the window in which others hold the fewest compute units', () => {
  const sizes = fc.array(fc.constantFrom(8, 12, 20, 32, 64, 100, 132), {
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(sizes, (asked) => {
      const placed = placeLeastOverlap(h200, asked)
      asked.forEach((size, w) => {
        const isBefore = (other: number): boolean =>
          asked[other] > size || (asked[other] === size && other < w)
        const before = placed.filter((_, other) => isBefore(other))
        const windows = h200.granules.map((_, start) => {
          const window = windowOfCus(h200, start, size)
          const taken = before.map((other) =>
            cusOf(
              h200,
              window.filter((g) => other.includes(g)),
            ),
          )
          return { window, weight: [sum(taken), cusOf(h200, window), start] }
        })
        windows.sort(
          (a, b) => a.weight.map((one, i) => one - b.weight[i]).find((by) => by !== 0) ?? 0,
        )
        assert.deepEqual(placed[w], windows[0].window)
      })
    }),
  )
})
