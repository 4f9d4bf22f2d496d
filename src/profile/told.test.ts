import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestUs } from './duration.js'
import type { Profile } from './profile.js'
import { type ToldDevice, withToldLatencies } from './told.js'

const HOST_US = 32
const MPS_GAP_US = 0.6
const device: ToldDevice = {
  granules: [{ cus: 100, cluster: 1 }],
  costs: { hostTurnaroundUs: HOST_US, mpsGapUs: MPS_GAP_US },
}
const PERCENTS = [25, 50, 100]

/** A request with this many kernels, which takes four times as long on a quarter of the device. */
function profileOf(count: number, us: number, parallel?: Profile['parallel']): Profile {
  const kernel = {
    name: 'k',
    grid: [1, 1, 1] as [number, number, number],
    block: [32, 1, 1] as [number, number, number],
    registers: 8,
    sharedMemoryBytes: 0,
    durationUs: { 25: (4 * us) / count, 100: us / count },
  }
  return {
    ...{ format: 'eclip.profile/1', model: `m${count}`, batch: 1, device: 'd', source: 'measured' },
    ...(parallel && { parallel }),
    kernels: Array.from({ length: count }, () => kernel),
  }
}

/** How its requests follow one another in processes that add gaps, `slower` than on partitions. */
function timesOf(profile: Profile, gaps: number, gapsUs: readonly number[], slower = 1) {
  const periodsUs = PERCENTS.map((percent, i): [number, number] => [
    percent,
    HOST_US + slower * requestUs(profile, percent) + gapsUs[i] * gaps,
  ])
  return { profile, periodsUs: new Map(periodsUs) }
}

const gap = fc.double({ min: 0, max: MPS_GAP_US, noNaN: true })

test('whatever gaps a process had, requests get the middle of them', () => {
  const counts = fc.array(fc.integer({ min: 2, max: 300 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(counts, fc.tuple(gap, gap, gap), (sizes, gapsUs) => {
      const measured = sizes.map((count) => timesOf(profileOf(count, 1000), count - 1, gapsUs))
      for (const { toldLatencyUs, ...profile } of withToldLatencies(measured, device)) {
        for (const percent of PERCENTS) {
          const gaps = profile.kernels.length - 1
          const expectedUs = HOST_US + requestUs(profile, percent) + (MPS_GAP_US / 2) * gaps
          // Gaps are told apart in steps of 0.02 us, and times are written with 0.1 us.
          assert.ok(Math.abs(toldLatencyUs![percent] - expectedUs) <= 0.02 * gaps + 0.06)
        }
      }
    }),
  )
})

test('extra time that one model takes and the others do not belongs to that model', () => {
  const gapsUs = [0.1, 0.5, 0.3]
  const slow = profileOf(20, 1000)
  const measured = [
    timesOf(profileOf(100, 1000), 99, gapsUs),
    timesOf(slow, 19, gapsUs, 1.1),
    timesOf(profileOf(200, 1000), 199, gapsUs),
  ]
  const { toldLatencyUs } = withToldLatencies(measured, device)[1]
  const expectedUs = HOST_US + 1.1 * 1000 + (MPS_GAP_US / 2) * 19
  assert.ok(Math.abs(toldLatencyUs![100] - expectedUs) < 0.5, `${toldLatencyUs![100]}`)
})

test('lanes side by side wait through one gap together', () => {
  const profile = profileOf(9, 1000, [{ first: 1, count: 6, chain: 2, lanes: 2 }])
  const [{ toldLatencyUs }] = withToldLatencies([timesOf(profile, 5, [0, 0, 0])], device)
  assert.equal(toldLatencyUs![100], HOST_US + 1000 + 5 * (MPS_GAP_US / 2))
  // Of five kernels on two lanes, the longer lane has three.
  const odd = profileOf(9, 1000, [{ first: 1, count: 5, chain: 1, lanes: 2 }])
  const [told] = withToldLatencies([timesOf(odd, 6, [0, 0, 0])], device)
  assert.equal(told.toldLatencyUs![100], Number((HOST_US + requestUs(odd, 100) + 1.8).toFixed(1)))
})

test('if a device does not say what processes add, times stay as they were measured', () => {
  const unknown = { ...device, costs: { hostTurnaroundUs: 0 } }
  const profile = profileOf(9, 1000)
  const [told] = withToldLatencies([timesOf(profile, 8, [0.5, 0.5, 0.5])], unknown)
  assert.deepEqual(told, { ...profile, toldLatencyUs: { 25: 4036, 50: 2036, 100: 1036 } })
})

test('dispatch is the time of round trips beyond requests that follow one another, the median of all shares', () => {
  const profile = profileOf(9, 1000)
  const times = timesOf(profile, 8, [0.5, 0.1, 0.3])
  const beyondUs = [700, 310, 350]
  const trips = [...times.periodsUs].map(([percent, us], i): [number, number] => [
    percent,
    us + beyondUs[i],
  ])
  const [told] = withToldLatencies([{ ...times, tripsUs: new Map(trips) }], device)
  assert.equal(told.dispatchUs, 350)
  // A round trip that seems to take less than a request in a row is one of no time in addition.
  const short = new Map([...times.periodsUs].map(([percent, us]) => [percent, us - 1]))
  assert.equal(withToldLatencies([{ ...times, tripsUs: short }], device)[0].dispatchUs, 0)
  const [without] = withToldLatencies([times], device)
  assert.ok(!('dispatchUs' in without))
})

test('times are written to a tenth of a microsecond', () => {
  const unknown = { ...device, costs: { hostTurnaroundUs: 0 } }
  const measured = { profile: profileOf(2, 100), periodsUs: new Map([[100, 200.2649]]) }
  assert.deepEqual(withToldLatencies([measured], unknown)[0].toldLatencyUs, { 100: 200.3 })
})

test('shares are those that a plan asks for, in compute units of the device', () => {
  const h200 = { ...device, granules: [{ cus: 132, cluster: 1 }] }
  const measured = { profile: profileOf(2, 100), periodsUs: new Map([[40, 200]]) }
  const [{ toldLatencyUs }] = withToldLatencies([measured], h200)
  assert.deepEqual(Object.keys(toldLatencyUs!), ['53'])
})
