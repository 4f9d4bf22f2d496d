import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Device } from '../../device/device.js'
import type { Plan, PoolEntry } from '../../plan/plan.js'
import type { Kernel } from '../../profile/profile.js'
import { partitionCusOf, targetOf, targetsOf, usableGranules } from './pool-targets.js'

/** Three granules of 8, 10 and 12 units. The first holds clusters of 8 blocks, the second of 16. */
const device: Device = {
  ...h200,
  granules: [8, 10, 12].map((cus, i) => {
    const { maxClusterBlocks: _, ...granule } = h200.granules[0]
    return { ...granule, cus, ...(i < 2 && { maxClusterBlocks: 8 * (i + 1) }) }
  }),
}
const kernel = (clusterBlocks?: number) => ({ clusterBlocks }) as Kernel
const planOf = (...pool: PoolEntry[]) => ({ pool }) as unknown as Plan
const pooled = (...granules: number[]): PoolEntry => ({ granules, owner: null })

test('a kernel of large clusters has a target of its own if its partition has granules for it', () => {
  const plan = planOf(pooled(0, 1, 2), pooled(0, 1), { cus: 9 })
  assert.deepEqual(targetsOf(device, plan), [[0, 1, 2], [0, 1], [], [2], [0, 1], []])
  assert.equal(targetOf(device, plan, 0, kernel()), 0)
  assert.equal(targetOf(device, plan, 0, kernel(8)), 0)
  assert.equal(targetOf(device, plan, 0, kernel(32)), 3)
  assert.equal(targetOf(device, plan, 1, kernel(32)), 1)
  assert.equal(targetOf(device, plan, 2, kernel(32)), 2)
})

test('a partition counts the units that a kernel can use; on the whole device its time is that of all', () => {
  const whole = partitionCusOf(device, pooled(0, 1, 2), false)
  assert.deepEqual([whole.cus, whole.kind], [30, 'partition'])
  assert.deepEqual(whole.usable(kernel()), { cus: 30, likeCus: 30 })
  assert.deepEqual(whole.usable(kernel(9)), { cus: 22, likeCus: 30 })
  assert.deepEqual(whole.usable(kernel(17)), { cus: 12, likeCus: 30 })
  const part = partitionCusOf(device, pooled(0, 2), false)
  assert.deepEqual(part.usable(kernel(9)), { cus: 12, likeCus: 12 })
})

test('partitions with equal keys cost every kernel the same', () => {
  const key = (...granules: number[]) => partitionCusOf(device, pooled(...granules), false).key
  assert.equal(key(1, 2), key(2, 1))
  assert.notEqual(key(0), key(1))
  // As many units, but not for clusters of 9 blocks.
  const even = { ...device, granules: device.granules.map((granule) => ({ ...granule, cus: 8 })) }
  const keys = [0, 1, 2].map((granule) => partitionCusOf(even, pooled(granule), false).key)
  assert.equal(keys[0], keys[1], 'where nothing fits all are used, so that both have 8')
  const pairs = [
    [0, 1],
    [0, 2],
  ].map((granules) => partitionCusOf(even, pooled(...granules), false).key)
  assert.notEqual(pairs[0], pairs[1])
})

test('shares, and kernels placed at dispatch, have their number of units, whichever these are', () => {
  const share: PoolEntry = { cus: 20, owner: 0 }
  const told = partitionCusOf(device, share, true)
  const untold = partitionCusOf(device, share, false)
  const placed = partitionCusOf(device, { cus: 20 }, false)
  assert.deepEqual([told.kind, untold.kind, placed.kind], ['told share', 'share', 'partition'])
  assert.equal(new Set([told.key, untold.key, placed.key]).size, 3)
  assert.deepEqual(told.usable(kernel(32)), { cus: 20, likeCus: 20 })
})

test('clusters of blocks run on the granules that can hold them, or on all granules if none can', () => {
  const [granule] = h200.granules
  const most = [8, 16, undefined]
  const granules = most.map((maxClusterBlocks) => {
    const { maxClusterBlocks: _, ...rest } = granule
    return maxClusterBlocks === undefined ? rest : { ...rest, maxClusterBlocks }
  })
  const device = { ...h200, granules }
  const usable = (clusterBlocks?: number, partition = [0, 1, 2]) =>
    usableGranules(device, clusterBlocks === undefined ? {} : { clusterBlocks }, partition)
  assert.deepEqual(usable(), [0, 1, 2])
  assert.deepEqual(usable(1), [0, 1, 2])
  assert.deepEqual(usable(8), [0, 1, 2])
  assert.deepEqual(usable(9), [1, 2])
  assert.deepEqual(usable(17), [2])
  assert.deepEqual(usable(9, [0]), [0])
})
