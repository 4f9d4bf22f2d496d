import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceName } from './device-name.js'

for (const [printed, name] of [
  ['NVIDIA H200', 'h200'],
  ['NVIDIA H100 80GB HBM3', 'h100-80gb-hbm3'],
  ['AMD Instinct MI300X', 'mi300x'],
] as const) {
  test(`${printed} is ${name}`, () => assert.equal(deviceName(printed), name))
}
