import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { catalog } from './catalog/registry.js'
import { type Device, totalCus } from './device.js'
import {
  limitsProcesses,
  PLANNED_PERCENTS,
  servingShareCus,
  servingSharePercent,
  shareCus,
  sharePercent,
  soundPercents,
} from './share.js'

const deviceOf = (cus: number) => ({ granules: [{ cus, cluster: 0 }] })

/**
 * What a percentage gives a process, as `docs/process.md` describes it: rounded
 * down, but at least one compute unit.
 */
const got = (cus: number, percent: number): number =>
  Math.max(
    1,
    Array.from({ length: cus }, (_, i) => i + 1).filter((n) => 100 * n <= cus * percent).length,
  )

const anyDevice = fc.integer({ min: 1, max: 400 })
const anyPercent = fc.integer({ min: 1, max: 100 })

test('a share that is rounded either way gives its percentage back on a device of 100 compute units or more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 400 }), anyPercent, (cus, percent) => {
      const device = deviceOf(cus)
      assert.equal(sharePercent(device, shareCus(device, percent)), percent)
      assert.equal(servingSharePercent(device, servingShareCus(device, percent)), percent)
    }),
  )
})

test('a process gets exactly the share of a mix, and at most one unit less than that of a demand', () => {
  fc.assert(
    fc.property(anyDevice, anyPercent, (cus, percent) => {
      const device = deviceOf(cus)
      const share = shareCus(device, percent)
      assert.equal(share, got(cus, percent))
      assert.equal(got(cus, sharePercent(device, share)), share)
      const asked = servingShareCus(device, percent)
      const given = got(cus, servingSharePercent(device, asked))
      assert.ok(asked - 1 <= given && given <= asked, `${given} of ${asked}`)
    }),
  )
})

test('the shares that sizing tries keep their percentages on every large GPU of the catalog', () => {
  const large = [...catalog.values()].filter((one) => limitsProcesses(one) && totalCus(one) >= 100)
  assert.ok(large.length > 1)
  for (const device of large) {
    const back = PLANNED_PERCENTS.map((percent) => [
      sharePercent(device, shareCus(device, percent)),
      servingSharePercent(device, servingShareCus(device, percent)),
    ])
    assert.deepEqual(
      back,
      PLANNED_PERCENTS.map((percent) => [percent, percent]),
    )
  }
})

const checked = { ...catalog.get('h200')!, mpsCheckedCus: [105, 79, 39] }

test('shares are sound if they were checked, however the compute units of a plan are rounded', () => {
  // As 80, 60 and 30% of 132 are noted.
  assert.deepEqual(soundPercents(checked, PLANNED_PERCENTS), [30, 60, 80])
  assert.deepEqual(soundPercents(checked, [100, 60]), [60])
  assert.deepEqual(soundPercents({ ...checked, mpsCheckedCus: undefined }, [100, 7]), [100, 7])
})

test('where none of the shares asked for is sound, all others that are stand in for them', () => {
  assert.deepEqual(soundPercents(checked, [100, 50]), [30, 60, 80])
})

test('a device limits processes just where some share is sound', () => {
  const vendors = fc.constantFrom<Device['vendor']>('nvidia', 'amd')
  const noted = fc.option(fc.array(fc.integer({ min: 1, max: 400 })), { nil: undefined })
  fc.assert(
    fc.property(vendors, anyDevice, noted, (vendor, cus, mpsCheckedCus) => {
      const device = { ...deviceOf(cus), vendor, mpsCheckedCus }
      const isSome = soundPercents(device, PLANNED_PERCENTS).length > 0
      assert.equal(limitsProcesses(device), vendor === 'nvidia' && isSome)
    }),
  )
})
