import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { overlaps } from '../device/partition.js'
import { placeLeastOverlap } from './model-wise.js'

test('partitions that fit side by side do not overlap', () => {
  const [a, b, c] = placeLeastOverlap(h200, [32, 64, 32])
  assert.ok(!overlaps(a, b) && !overlaps(a, c) && !overlaps(b, c))
})

test('a partition that must overlap does so with the fewest', () => {
  const placed = placeLeastOverlap(h200, [64, 64, 64])
  const holders = h200.granules.map((_, g) => placed.filter((p) => p.includes(g)).length)
  assert.equal(Math.max(...holders), 2)
})
