import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WorkMeter } from './work-meter.js'

test('the parts of models and idle energy add up to the total of the device, in energy and in work', () => {
  const step = fc.record({
    model: fc.constantFrom('a', 'b', 'c'),
    cus: fc.integer({ min: 0, max: 132 }),
    durationUs: fc.integer({ min: 0, max: 1e5 }),
    takenJ: fc.integer({ min: 0, max: 100 }),
    splits: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let deviceJ = 0
      const meter = new WorkMeter(() => deviceJ)
      for (const { model, cus, durationUs, takenJ, splits } of steps) {
        meter.launched(model, cus, durationUs)
        deviceJ += takenJ
        if (splits) meter.split()
      }
      meter.launched('a', 1, 1)
      assert.equal(meter.split(), deviceJ)
      const used = ['a', 'b', 'c'].map((model) => meter.usedBy(model))
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
      const ofModelsJ = sum(used.map(({ energyJ }) => energyJ ?? 0))
      assert.ok(Math.abs(ofModelsJ + meter.idleJ! - deviceJ) < 1e-6)
      const cuMs = sum(steps.map(({ cus, durationUs }) => (cus * durationUs) / 1000)) + 1e-3
      assert.ok(Math.abs(sum(used.map((one) => one.cuMs)) - cuMs) < 1e-6 * cuMs)
    }),
  )
})

test('energy is divided by work, and energy used while nothing ran is no part of the work that follows', () => {
  let deviceJ = 0
  const meter = new WorkMeter(() => deviceJ)
  const parts = () => [meter.usedBy('a').energyJ, meter.usedBy('b').energyJ, meter.idleJ]
  meter.began()
  meter.began()
  meter.launched('a', 30, 1000)
  meter.ended()
  meter.launched('b', 10, 1000)
  deviceJ = 8
  meter.ended()
  assert.deepEqual(parts(), [6, 2, 0])
  deviceJ = 1000
  meter.began()
  deviceJ = 1007
  meter.launched('b', 1, 1)
  meter.ended()
  assert.deepEqual(parts(), [6, 9, 992])
  deviceJ = 1010
  meter.split()
  assert.deepEqual(parts(), [6, 9, 995])
})

test('the energy of a launch that lasts belongs to it, however often energy is split meanwhile', () => {
  let deviceJ = 0
  const meter = new WorkMeter(() => deviceJ)
  meter.began()
  for (deviceJ of [50, 100]) meter.split()
  meter.launched('a', 132, 2e6)
  meter.ended()
  assert.deepEqual([meter.usedBy('a').energyJ, meter.idleJ], [100, 0])
})

test("the energy of a launch that failed is nobody's", () => {
  let deviceJ = 0
  const meter = new WorkMeter(() => deviceJ)
  meter.began()
  deviceJ = 5
  meter.ended()
  assert.deepEqual([meter.usedBy('a').energyJ, meter.idleJ], [0, 5])
})

test('without a counter there is work and no energy', () => {
  const meter = new WorkMeter()
  meter.launched('a', 2, 3000)
  assert.equal(meter.split(), undefined)
  assert.deepEqual(meter.usedBy('a'), { cuMs: 6, energyJ: undefined })
})
