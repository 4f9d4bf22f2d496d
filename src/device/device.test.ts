import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MOST_CUS } from '../quantities.js'
import { h200 } from './catalog/h200.js'
import { mi50 } from './catalog/mi50.js'
import { catalog } from './catalog/registry.js'
import {
  clusters,
  cusOf,
  type Device,
  deviceSchema,
  fingerprint,
  isHost,
  isModelled,
  offeredCus,
  poolUnits,
  statusCaution,
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

test('the H200 and the H100 are measured, and every other device of the catalog says that it is modelled', () => {
  for (const [name, device] of catalog) {
    assert.equal(isModelled(device), !['h200', 'h100'].includes(name), name)
    if (isModelled(device))
      assert.match(statusCaution(device) ?? '', new RegExp(`^the ${name} is modelled: `))
  }
  assert.equal(statusCaution(h200), undefined)
})

test('GPUs have SMs, power limits and bandwidths that were measured, or come from their data sheets', () => {
  const figures = ['h100', 'a100', 'l40s', 'b200'].map((name) => {
    const device = catalog.get(name)!
    return [fingerprint(device), device.memoryBandwidthGBps, device.power.limitW]
  })
  assert.deepEqual(figures, [
    ['nvidia:h100:15x8+1x12', 2860, 700],
    ['nvidia:a100:27x4', 1827, 400],
    ['nvidia:l40s:35x4+1x2', 774, 350],
    ['nvidia:b200:18x8+1x4', 7167, 1000],
  ])
})

test('every other GPU of NVIDIA draws power like the H200, in proportion to its limit', () => {
  const whole = (device: Device): number =>
    totalCus(device) * (device.power.cuWorkW ?? 0) + device.power.activeW + device.power.idleW
  const shares = ['h100', 'a100', 'l40s', 'b200'].map((name) => {
    const device = catalog.get(name)!
    return whole(device) / device.power.limitW / (whole(h200) / h200.power.limitW)
  })
  for (const share of shares) assert.ok(Math.abs(share - 1) < 0.02, `${share}`)
})

test('an unknown contention parameter is refused, not ignored', () => {
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

test('a mask offers the compute units of the first granules, however many', () => {
  const granules = [4, 8, 2].map((cus) => ({ cus, cluster: 0 }))
  assert.deepEqual(offeredCus({ ...h200, granules }), [4, 12, 14])
})

test('the MI50 has 60 CUs in 4 shader engines of 15, which its pool gives as a whole', () => {
  assert.equal(totalCus(mi50), 60)
  assert.deepEqual(
    clusters(mi50).map((engine) => engine.length),
    [15, 15, 15, 15],
  )
  assert.deepEqual(poolUnits(mi50), clusters(mi50))
  assert.equal(wholeDevice(mi50).length, 60)
})

test('a processor is a device that is the host itself, and no GPU is', () => {
  assert.deepEqual(
    (['cpu', 'nvidia', 'amd'] as const).map((vendor) => isHost({ vendor })),
    [true, false, false],
  )
})

test('a device with more compute units or blocks in all than can be simulated is refused, with the place', () => {
  const problemOf = (change: Partial<Device>) => {
    const { path, message } = deviceSchema.safeParse({ ...h200, ...change }).error!.issues[0]
    return [path.join('.'), message]
  }
  const granules = (count: number, cus: number) =>
    Array.from({ length: count }, (_, cluster) => ({ cus, cluster }))
  const cu = { ...h200.cu, blocks: 1 }
  assert.deepEqual(problemOf({ granules: granules(2, MOST_CUS), cu }), [
    'granules',
    `at most ${MOST_CUS} compute units in all`,
  ])
  assert.ok(deviceSchema.safeParse({ ...h200, granules: granules(1, MOST_CUS), cu }).success)
  const small = granules(1, 64)
  assert.deepEqual(problemOf({ granules: small, cu: { ...cu, blocks: 512 } }), [
    'cu.blocks',
    'at most 32767 blocks on all compute units together',
  ])
  assert.ok(
    deviceSchema.safeParse({ ...h200, granules: small, cu: { ...cu, blocks: 511 } }).success,
  )
})

test('a device that is busy on all compute units draws about as much as its limit allows', () => {
  for (const [name, device] of catalog) {
    const { idleW, activeW, cuBusyW, cuWorkW = 0, memoryBusyW, limitW } = device.power
    const busyW = idleW + activeW + (cuBusyW + cuWorkW) * totalCus(device) + memoryBusyW
    assert.ok(busyW > 0.8 * limitW && busyW < 1.3 * limitW, `${name}: ${busyW} W`)
  }
})

test('all GPUs of NVIDIA have the queues and priorities of its driver, and no gap in a graph that runs alone', () => {
  for (const { vendor, queueLimit, priorityLevels, costs } of catalog.values()) {
    if (vendor !== 'nvidia') continue
    const { launchGapUs, sharedLaunchGapUs = 0 } = costs
    assert.deepEqual([queueLimit, priorityLevels, launchGapUs], [32, 6, 0])
    assert.ok(sharedLaunchGapUs > 0)
  }
  assert.deepEqual([mi50.queueLimit, mi50.priorityLevels], [7, 1])
})

test('a measured device says what its driver calls it and when it was measured', () => {
  const measured = { ...h200, driverName: 'NVIDIA H200', date: '2026-11-22T10:00:00Z' }
  assert.deepEqual(deviceSchema.parse(measured), measured)
  assert.equal(deviceSchema.safeParse({ ...measured, date: 'yesterday' }).success, false)
})
