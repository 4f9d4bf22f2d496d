import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import type { Device } from '../device/device.js'
import { allChecks, type Check, checkedOf, isConsistent, isMet } from './evidence.js'
import { nominal, setupOf } from './setup.test.fixture.js'

const checked = (device: Device) => checkedOf(setupOf({ ...nominal, device }))

const withContention = (changed: Partial<Device['contention']>): Device => ({
  ...nominal.device,
  contention: { ...nominal.device.contention, ...changed },
})

test('the MI50 that ships agrees with everything published, its pair of kernels within 2%', async () => {
  const checks = await allChecks(checked(nominal.device))
  for (const check of checks) assert.ok(isMet(check), `${check.id}: ${check.ours}`)
  const pair = (id: string): number => (checks.find((check) => check.id === id) as Check).ours
  assert.ok(Math.abs(pair('full-kernels') - 2) < 0.02)
  assert.ok(Math.abs(pair('albert-kernels') - 2) < 0.04)
})

for (const [name, changed] of [
  ["the H200's knee", { knee: h200.contention.knee }],
  ["the H200's memory term", { memory: h200.contention.memory }],
  ['all of the H200', { ...h200.contention }],
  ['half of the foreign load', { foreignLoad: 0.5 }],
] as const) {
  test(`with ${name} the MI50 disagrees with what is published`, async () => {
    assert.equal(await isConsistent(checked(withContention(changed))), false)
  })
}

test('once a model misses one check, the more expensive checks are skipped', async () => {
  const { costs } = nominal.device
  const slow = { ...nominal.device, costs: { ...costs, barrierUs: 60 } }
  const profile = (model: string) => assert.fail(`the profile of ${model} is asked for`)
  assert.equal(await isConsistent({ ...checked(slow), profile }), false)
})
