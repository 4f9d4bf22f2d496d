import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalog } from '../../device/catalog/registry.js'
import { totalCus } from '../../device/device.js'
import { SimulatedPower } from './simulated-power.js'

/** A device whose compute units draw power each. */
const device = catalog.get('mi50')!
const { idleW, activeW, cuBusyW, limitW } = device.power

test('energy is idle power, and what launches add while they run', () => {
  let nowUs = 5e6
  const power = new SimulatedPower(device, () => nowUs)
  nowUs += 2e6
  assert.equal(power.energyJ(), 2 * idleW)
  power.begin(10)
  nowUs += 1e6
  power.begin(20)
  nowUs += 1e6
  power.end(10)
  power.end(20)
  nowUs += 1e6
  const expected = 5 * idleW + 2 * activeW + cuBusyW * (10 + 30)
  assert.ok(Math.abs(power.energyJ() - expected) < 1e-6)
})

test('launches on more compute units than the device has draw no more than all units, nor more than the limit', () => {
  const allW = idleW + activeW + cuBusyW * totalCus(device)
  assert.ok(cuBusyW > 0 && allW < limitW)
  for (const mostW of [limitW, allW - 1]) {
    let nowUs = 0
    const limited = { ...device, power: { ...device.power, limitW: mostW } }
    const power = new SimulatedPower(limited, () => nowUs)
    power.begin(totalCus(device))
    power.begin(totalCus(device))
    nowUs = 1e6
    assert.ok(Math.abs(power.energyJ() - Math.min(allW, mostW)) < 1e-6)
  }
})
