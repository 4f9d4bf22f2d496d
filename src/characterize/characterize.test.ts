import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { BINDINGS } from '../binding/devices.js'
import { openForTest } from '../binding/open-for-test.test.fixture.js'
import { characterize } from './characterize.js'
import { CPU_SCALE } from './scale.js'

const opencl = openForTest(BINDINGS.find(({ name }) => name === 'opencl')!)

describe('characterize', { skip: 'missing' in opencl && opencl.missing }, () => {
  if (!('device' in opencl)) return
  const { device } = opencl
  after(() => device.close())

  test('measures every quantity of a device', () => {
    const result = characterize(device, CPU_SCALE, () => {})
    assert.equal(result.switchTable.length, 2 + 2 * 2)
    assert.ok(result.switchTable.every(({ usPerKernel }) => usPerKernel >= CPU_SCALE.spinUs))
    assert.ok(result.poolCreation.worstUs >= result.poolCreation.meanUs)
    assert.ok(result.poolCreation.meanUs > 0)
    assert.ok(result.bandwidthGBps > 0)
    assert.deepEqual(
      result.queues.map(({ streams }) => streams),
      CPU_SCALE.streamCounts,
    )
    assert.equal(result.power, undefined)
  })
})
