import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { catalog } from '../device/catalog/registry.js'
import { cusOf, type Device } from '../device/device.js'
import { equalShares } from './equal.js'

const cus = (device: Device, workers: number): number[] =>
  equalShares(device, workers).map((share) => cusOf(device, share))

test('shares of unequal granules balance compute units', () => {
  const table: [Device, number, number[]][] = [
    [h200, 1, [132]],
    [h200, 2, [64, 68]],
    [h200, 3, [40, 48, 44]],
    [h200, 4, [32, 32, 32, 36]],
    [h200, 16, [...new Array(15).fill(8), 12]],
    [mi50, 2, [30, 30]],
    [mi50, 4, [15, 15, 15, 15]],
    [mi50, 16, [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3]],
  ]
  for (const [device, workers, expected] of table) {
    const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b)
    assert.deepEqual(sorted(cus(device, workers)), sorted(expected), `${device.name} ${workers}`)
  }
})

test('shares are disjoint and cover the device', () => {
  for (const device of catalog.values()) {
    for (let workers = 1; workers <= Math.min(16, device.granules.length); workers++) {
      const granules = equalShares(device, workers).flat()
      assert.deepEqual(
        [...granules].sort((a, b) => a - b),
        device.granules.map((_, i) => i),
      )
    }
  }
})

test('more workers than granules share granules evenly', () => {
  const two: Device = { ...h200, granules: h200.granules.slice(0, 2) }
  assert.deepEqual(equalShares(two, 5), [[0], [0], [0], [1], [1]])
})
