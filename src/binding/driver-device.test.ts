import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeviceCalls, DriverDevice } from './driver-device.js'
import { KernelModule } from './kernel-handles.js'

/** A driver that only records the calls. Each call that creates something gives it a number. */
function fakeDriver(log: string[]): { calls: DeviceCalls; kernels: KernelModule } {
  let made = 0
  const make = (what: string) => (cell: unknown[]) => {
    cell[0] = ++made
    log.push(`make ${what} ${made}`)
  }
  const note =
    (what: string) =>
    (...words: unknown[]): void => {
      log.push([what, ...words.filter((word) => typeof word === 'number')].join(' '))
    }
  const calls: DeviceCalls = {
    memory: {
      allocate: (cell, bytes) => make(`${bytes} bytes`)(cell),
      free: note('free'),
      copyIn: note('copy in'),
      copyOut: note('copy out'),
      synchronize: note('synchronize'),
    },
    streams: { launch: note('launch'), synchronize: note('wait for'), destroy: note('destroy') },
    events: {
      create: make('event'),
      destroy: note('destroy event'),
      record: note('record'),
      wait: note('hold'),
      query: () => 0,
      elapsed: (cell, from, to) => {
        cell[0] = Number(to) - Number(from)
      },
      statusName: String,
    },
  }
  const kernels = new KernelModule(
    { load: make('module'), find: make('kernel'), unload: note('unload') },
    Buffer.alloc(0),
  )
  return { calls, kernels }
}

class FakeDevice extends DriverDevice {
  mark() {
    return this.streamDriver.events.record(0n)
  }
}

test('everything that a device creates by driver calls is released when it closes, kernels last', () => {
  const log: string[] = []
  const { calls, kernels } = fakeDriver(log)
  const device = new FakeDevice(calls, kernels)
  device.createBuffer(3)
  const [from, to] = [device.mark(), device.mark()]
  assert.equal(device.elapsedUs(from, to), 1000)
  device.synchronize()
  device.close()
  assert.deepEqual(log, [
    'make module 1',
    'make 12 bytes 2',
    'make event 3',
    'record 3',
    'make event 4',
    'record 4',
    'synchronize',
    'destroy event 3',
    'destroy event 4',
    'unload 1',
  ])
})
