import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from './catalog/h200.js'
import { mi50 } from './catalog/mi50.js'
import { catalog } from './catalog/registry.js'
import {
  clusters,
  cusOf,
  deviceSchema,
  fingerprint,
  poolUnits,
  totalCus,
  wholeDevice,
} from './device.js'

test('every catalog device satisfies its own schema and says where its numbers come from', () => {
  for (const [name, device] of catalog) {
    assert.deepEqual(deviceSchema.parse(device), device)
    assert.equal(device.name, name)
    assert.ok(Object.keys(device.provenance).length > 0)
  }
})

test('a contention parameter that no model has is refused, not ignored', () => {
  for (const contention of [{ kne: 0.9 }, { knee: 0 }, { memory: -1 }]) {
    assert.equal(deviceSchema.safeParse({ ...h200, contention }).success, false)
  }
  assert.ok(deviceSchema.safeParse({ ...h200, contention: {} }).success)
})

test('the H200 has 132 SMs in 15 granules of 8 and one of 12', () => {
  assert.equal(totalCus(h200), 132)
  assert.equal(cusOf(h200, [0, 1]), 16)
  assert.equal(cusOf(h200, [15]), 12)
  assert.equal(poolUnits(h200).length, 16)
  assert.equal(fingerprint(h200), 'nvidia:h200:15x8+1x12')
})

test('the MI50 has 60 CUs in 4 shader engines of 15, which its pool gives whole', () => {
  assert.equal(totalCus(mi50), 60)
  assert.deepEqual(
    clusters(mi50).map((engine) => engine.length),
    [15, 15, 15, 15],
  )
  assert.deepEqual(poolUnits(mi50), clusters(mi50))
  assert.equal(wholeDevice(mi50).length, 60)
})
