import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { mi50 } from '../../device/catalog/mi50.js'
import type { Device } from '../../device/device.js'
import { effectiveCus } from './effective-cus.js'

test('if work is dealt over clusters in turn, each counts as much as the smallest in the partition', () => {
  const granules = [
    { cluster: 0, cus: 4 },
    { cluster: 0, cus: 3 },
    { cluster: 1, cus: 5 },
    { cluster: 2, cus: 2 },
  ]
  const device: Device = { ...mi50, granules }
  assert.equal(effectiveCus(device, [0, 1]), 7)
  assert.equal(effectiveCus(device, [0, 1, 2]), 10)
  assert.equal(effectiveCus(device, [1, 2]), 6)
  assert.equal(effectiveCus(device, [0, 1, 2, 3]), 6)
})

test('elsewhere every compute unit counts', () => {
  assert.equal(effectiveCus(h200, [0, 15]), h200.granules[0].cus + h200.granules[15].cus)
})
