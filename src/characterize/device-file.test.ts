import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { deviceSchema, isModelled, statusCaution } from '../device/device.js'
import { splitGranules } from '../device/masks.js'
import { limitsProcesses } from '../device/share.js'
import type { Characterization } from './characterize.js'
import { deviceOf } from './device-file.js'

/** The measurements of an H200. */
const measured: Characterization = {
  identity: { vendor: 'nvidia', name: 'NVIDIA H200', versions: { cuda: '13.0', driver: '580' } },
  granules: splitGranules(15, 8, 12),
  cu: h200.cu,
  priorityLevels: 6,
  limitW: 700,
  power: { idleW: 80, oneCuW: 123, allCusW: 516, copyW: 373 },
  poolCreation: { meanUs: 1327.15, worstUs: 3710.8 },
  launch: { gapUs: 0.71, switchUs: 1.5117, hostTurnaroundUs: 8 },
  switchTable: [
    { workers: 1, contexts: 1, period: null, usPerKernel: 5.1 },
    { workers: 1, contexts: 2, period: 1, usPerKernel: 9.7 },
    { workers: 8, contexts: 2, period: 1, usPerKernel: 60 },
    { workers: 8, contexts: 2, period: 5, usPerKernel: 17 },
  ],
  queues: [
    { streams: 32, stretch: 1.2 },
    { streams: 36, stretch: 2.05 },
  ],
  bandwidthGBps: 3930.4,
}

test('the planner can read a measured device', () => {
  const device = deviceSchema.parse(deviceOf(measured, 'h300'))
  assert.equal(device.queueLimit, 32)
  assert.deepEqual(device.costs.maskCallUs, { mean: 1330, worst: 3710 })
  assert.ok(Math.abs(device.costs.switchUs - 4.6) < 1e-9)
  assert.equal(device.memoryBandwidthGBps, 3930)
  assert.deepEqual(device.power, {
    idleW: 80,
    activeW: 40,
    cuBusyW: 3,
    memoryBusyW: 250,
    sharedEnergyShare: h200.power.sharedEnergyShare,
    limitW: 700,
  })
})

test('the granule left over from the split only runs small thread-block clusters', () => {
  assert.deepEqual(deviceOf(measured, 'h200').granules, h200.granules)
  assert.deepEqual(deviceOf(measured, 'h300').granules, h200.granules)
  const even = { ...measured, granules: splitGranules(66, 2, 0) }
  assert.deepEqual(deviceOf(even, 'h200').granules, even.granules)
})

test('the power model fitted on models is kept', () => {
  assert.deepEqual(deviceOf(measured, 'h200').power, h200.power)
})

test('measured power takes precedence over that of a modelled device', () => {
  const power = { ...deviceOf(measured, 'h300').power }
  assert.deepEqual(deviceOf(measured, 'b200').power, power)
  assert.match(deviceOf(measured, 'b200').provenance.assumed, /catalog's h200/)
})

test('the scale of interference is kept if it was measured, and marked as measured', () => {
  const each = { stream: 2, cache: 1.5, products: 1.25 }
  const hogs = { cus: 64, hogCus: 56, pressure: { stream: each, cache: each, products: each } }
  const device = deviceSchema.parse(deviceOf(measured, 'h300', hogs))
  assert.deepEqual(device.hogs, hogs)
  assert.match(device.provenance.measured, /, hogs, power$/)
  assert.doesNotMatch(deviceOf(measured, 'h300').provenance.measured, /hogs/)
})

test('a device on which every share computed wrong has no shares, and one that was not checked has all', () => {
  const wrong = deviceSchema.parse(deviceOf(measured, 'h300', undefined, []))
  assert.deepEqual(wrong.mpsCheckedCus, [])
  assert.match(wrong.provenance.measured, /, mpsCheckedCus, power$/)
  assert.equal(limitsProcesses(wrong), false)
  assert.equal(limitsProcesses(deviceOf(measured, 'h300')), true)
})

test('compute units like the H200’s need as many bytes: a larger share of a lower bandwidth', () => {
  const { loadTraffic = 1, memory } = h200.contention
  const half = { ...measured, bandwidthGBps: h200.memoryBandwidthGBps / 2 }
  assert.ok(Math.abs((deviceOf(half, 'h300').contention.loadTraffic ?? 0) - 2 * loadTraffic) < 0.01)
  assert.equal(deviceOf(half, 'h300').contention.memory, memory)
  assert.deepEqual(deviceOf(half, 'h200').contention, h200.contention)
})

test('anything that was not measured is marked as assumed', () => {
  const device = deviceOf({ ...measured, power: undefined }, 'l40s')
  assert.deepEqual(
    deviceOf({ ...measured, cu: { ...h200.cu, threads: 1536 } }, 'l40s').contention,
    h200.contention,
  )
  assert.deepEqual(device.power, h200.power)
  assert.match(device.provenance.assumed, /h200/)
  assert.doesNotMatch(device.provenance.measured, /power/)
  assert.equal(statusCaution(device), "the l40s is measured but for its power, which is the h200's")
  assert.equal(isModelled(device), false)
  for (const metered of [deviceOf(measured, 'l40s'), deviceOf(measured, 'h200')])
    assert.equal(statusCaution(metered), undefined)
})
