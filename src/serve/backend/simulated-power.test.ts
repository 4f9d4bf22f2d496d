import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalog } from '../../device/catalog/registry.js'
import { type Device, totalCus } from '../../device/device.js'
import { soloUs } from '../../profile/duration.js'
import type { Profile } from '../../profile/profile.js'
import type { Launch } from './launch-device.js'
import { SimulatedPower } from './simulated-power.js'

/** A device whose compute units draw power each. */
const device = catalog.get('mi50')!
const { idleW, activeW, cuBusyW, limitW } = device.power

/** A launch on this many compute units. */
function launchOn(share: number): Launch {
  return { model: { share }, batch: 8 } as Launch
}

/** Its latency alone says how much of the power alone is the energy of one request. */
function profileOf(powerW?: number): Profile {
  return { batch: 8, latencyUs: { 132: 1000 }, ...(powerW && { powerW }) } as unknown as Profile
}

function meterOf(of: Device, profile = profileOf()) {
  const clock = { nowUs: 5e6 }
  const power = new SimulatedPower(
    of,
    (_model, batch) => {
      assert.equal(batch, 8)
      return profile
    },
    () => clock.nowUs,
  )
  return { clock, power }
}

test('energy is idle power, and what launches add while they run', () => {
  const { clock, power } = meterOf(device)
  const [one, other] = [launchOn(10), launchOn(20)]
  clock.nowUs += 2e6
  assert.equal(power.energyJ(), 2 * idleW)
  power.begin(one, 2e6)
  clock.nowUs += 1e6
  power.begin(other, 1e6)
  clock.nowUs += 1e6
  power.end(one)
  power.end(other)
  clock.nowUs += 1e6
  const expected = 5 * idleW + 2 * activeW + cuBusyW * (10 + 30)
  assert.ok(Math.abs(power.energyJ() - expected) < 1e-6)
})

test('launches on more compute units than the device has draw no more than all units, nor more than the limit', () => {
  const allW = idleW + activeW + cuBusyW * totalCus(device)
  assert.ok(cuBusyW > 0 && allW < limitW)
  for (const mostW of [limitW, allW - 1]) {
    const { clock, power } = meterOf({ ...device, power: { ...device.power, limitW: mostW } })
    const before = power.energyJ()
    power.begin(launchOn(totalCus(device)), 1e6)
    power.begin(launchOn(totalCus(device)), 1e6)
    clock.nowUs += 1e6
    assert.ok(Math.abs(power.energyJ() - before - Math.min(allW, mostW)) < 1e-6)
  }
})

test('where the profile has the power of a model alone, a launch uses the energy of a request alone', () => {
  const h200 = catalog.get('h200')!
  const profile = profileOf(430)
  const { clock, power } = meterOf(h200, profile)
  const launch = launchOn(66)
  // On half of the device it takes twice as long, and then the device is idle as long again.
  const durationUs = 2 * soloUs(profile, h200)
  power.begin(launch, durationUs)
  clock.nowUs += durationUs
  power.end(launch)
  clock.nowUs += durationUs
  const { power: w } = h200
  const ownJ = ((430 - w.idleW - w.activeW) * soloUs(profile, h200)) / 1e6
  const expectedJ = ((2 * w.idleW + w.activeW) * durationUs) / 1e6 + ownJ
  assert.ok(Math.abs(power.energyJ() - expectedJ) < 1e-9, `${power.energyJ()}, ${expectedJ}`)
})
