import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { usableGranules } from './usable.js'

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
