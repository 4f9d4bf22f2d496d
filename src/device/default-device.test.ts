import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from './catalog/h200.js'
import { defaultDevice, ownDeviceOf } from './default-device.js'
import type { Device } from './device.js'

const device = (
  name: string,
  driverName?: string,
  vendor: Device['vendor'] = 'nvidia',
): Device => ({
  ...h200,
  name,
  vendor,
  ...(driverName && { driverName }),
})
const h100 = device('my-h100', 'NVIDIA H100')
const a100 = device('my-a100', 'NVIDIA A100')
const host = device('host', 'pthread-zen', 'cpu')

test("a user's only device is the default, whatever the machine has", () => {
  const unasked = () => assert.fail('the drivers need not be asked')
  assert.deepEqual(defaultDevice([], unasked), { name: 'h200' })
  assert.equal(defaultDevice([h100], unasked).name, 'my-h100')
  assert.match(defaultDevice([h100], unasked).reason ?? '', /the only one in your library/)
})

test('of several devices, the one that is a GPU of this machine is the default', () => {
  assert.equal(defaultDevice([h100, a100], () => ['NVIDIA A100']).name, 'my-a100')
  assert.equal(defaultDevice([host, h100], () => ['NVIDIA H100']).name, 'my-h100')
})

test('if several or none of them would do, the default is the one that ships, and a line says so', () => {
  const twin = device('tuned-h100', 'NVIDIA H100')
  const silent = device('silent')
  for (const own of [
    [h100, twin],
    [h100, a100],
    [h100, silent],
  ]) {
    const gpu = own.includes(twin) ? 'NVIDIA H100' : 'NVIDIA L4'
    const { name, reason } = defaultDevice(own, () => [gpu])
    assert.equal(name, 'h200')
    assert.match(reason ?? '', new RegExp(own.map((one) => one.name).join(', ')))
  }
})

test("a model ran on the device that has the driver's name for it, and a host counts as one device", () => {
  const own = [h100, a100, host]
  assert.equal(ownDeviceOf(own, { kind: 'cuda', driverName: 'NVIDIA A100' })?.name, 'my-a100')
  assert.equal(ownDeviceOf(own, { kind: 'cuda', driverName: 'NVIDIA L4' }), undefined)
  assert.equal(ownDeviceOf(own, { kind: 'cpu', driverName: 'x86_64' })?.name, 'host')
  const twin = device('tuned-h100', 'NVIDIA H100')
  assert.equal(ownDeviceOf([h100, twin], { kind: 'cuda', driverName: 'NVIDIA H100' }), undefined)
})
