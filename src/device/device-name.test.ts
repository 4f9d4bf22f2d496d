import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceName } from './device-name.js'

for (const [printed, name] of [
  ['NVIDIA H200', 'h200'],
  ['NVIDIA H100 80GB HBM3', 'h100'],
  ['NVIDIA H100 PCIe', 'h100-pcie'],
  ['NVIDIA A100-SXM4-80GB', 'a100'],
  ['NVIDIA A100 80GB PCIe', 'a100-pcie'],
  ['NVIDIA H100 80GB HBM3 MIG 1g.10gb', 'h100-mig-1g-10gb'],
  ['NVIDIA GeForce RTX 4090', 'rtx-4090'],
  ['Tesla V100-SXM2-16GB', 'v100'],
  ['AMD Instinct MI300X', 'mi300x'],
] as const) {
  test(`${printed} is ${name}`, () => assert.equal(deviceName(printed), name))
}
