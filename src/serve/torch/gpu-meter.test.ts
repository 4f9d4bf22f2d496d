import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WorkError } from '../../errors.js'
import { GpuMeter } from './gpu-meter.js'

/** A GPU whose counter had been running for long. */
function metered() {
  const gpu = { countedJ: 5000, isLost: false, opened: [] as string[], closed: 0 }
  const meter = new GpuMeter(80, (uuid) => {
    gpu.opened.push(uuid)
    return {
      energyJ: () => {
        if (gpu.isLost) throw new WorkError('NVML error (15)')
        return gpu.countedJ
      },
      close: () => gpu.closed++,
    }
  })
  return { gpu, meter }
}

test('energy counts from when a worker names its GPU, which the first one does', () => {
  const { gpu, meter } = metered()
  meter.named(undefined)
  assert.equal(meter.energyJ(), undefined)
  meter.named('GPU-1')
  gpu.countedJ = 5007
  meter.named('GPU-2')
  assert.equal(meter.energyJ(), 7)
  assert.deepEqual([gpu.opened, meter.idleW], [['GPU-1'], 80])
})

test('a GPU that is lost, or has no counter, is not metered, and its meter is closed once', () => {
  const { gpu, meter } = metered()
  meter.named('GPU-1')
  gpu.isLost = true
  assert.equal(meter.energyJ(), undefined)
  assert.equal(meter.energyJ(), undefined)
  meter.close()
  assert.equal(gpu.closed, 1)
  const without = new GpuMeter(80, () => undefined)
  without.named('GPU-1')
  assert.equal(without.energyJ(), undefined)
})

test('a meter that is closed counts no more', () => {
  const { gpu, meter } = metered()
  meter.named('GPU-1')
  meter.close()
  assert.deepEqual([meter.energyJ(), gpu.closed], [undefined, 1])
})
