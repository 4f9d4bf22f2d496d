import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WorkMeter } from './work-meter.js'

/** A meter of a device that draws 10 W idle, on a clock in s. */
function metered() {
  const at = { s: 0, deviceJ: 0 }
  const meter = new WorkMeter(() => at.s * 1e6, { idleW: 10, energyJ: () => at.deviceJ })
  const parts = () => [meter.usedBy('a').energyJ, meter.usedBy('b').energyJ, meter.idleJ]
  return { at, meter, parts }
}

test('the parts of models and idle energy add up to the total of the device, in energy and in work', () => {
  const step = fc.record({
    model: fc.constantFrom('a', 'b', 'c'),
    cus: fc.integer({ min: 0, max: 132 }),
    durationUs: fc.integer({ min: 0, max: 1e5 }),
    idleS: fc.nat(3),
    takenJ: fc.integer({ min: 0, max: 100 }),
    splits: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { at, meter } = metered()
      for (const { model, cus, durationUs, idleS, takenJ, splits } of steps) {
        at.s += idleS
        meter.began()
        at.s += durationUs / 1e6
        meter.launched(model, cus, durationUs)
        meter.ended()
        at.deviceJ += takenJ
        if (splits) meter.split()
      }
      meter.launched('a', 1, 1)
      assert.equal(meter.split(), at.deviceJ)
      const used = ['a', 'b', 'c'].map((model) => meter.usedBy(model))
      assert.ok(used.every(({ energyJ }) => energyJ! >= 0))
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
      const ofModelsJ = sum(used.map(({ energyJ }) => energyJ ?? 0))
      assert.ok(Math.abs(ofModelsJ + meter.idleJ! - at.deviceJ) < 1e-6)
      const cuMs = sum(steps.map(({ cus, durationUs }) => (cus * durationUs) / 1000)) + 1e-3
      assert.ok(Math.abs(sum(used.map((one) => one.cuMs)) - cuMs) < 1e-6 * cuMs)
    }),
  )
})

test('energy is divided by work, less the idle power for the time in which nothing ran', () => {
  const { at, meter, parts } = metered()
  meter.began()
  meter.began()
  meter.launched('a', 30, 1000)
  meter.ended()
  meter.launched('b', 10, 1000)
  at.deviceJ = 8
  meter.ended()
  meter.split()
  assert.deepEqual(parts(), [6, 2, 0])
  at.s = 3
  meter.began()
  at.s = 4
  meter.launched('b', 1, 1)
  meter.ended()
  at.s = 5
  at.deviceJ = 8 + 3 * 10 + 7 + 10
  meter.split()
  assert.deepEqual(parts(), [6, 9, 40])
  at.s = 6
  at.deviceJ += 10
  meter.split()
  assert.deepEqual(parts(), [6, 9, 50])
})

test('a device that draws less than its idle power while nothing runs has used no more than it has', () => {
  const { at, meter, parts } = metered()
  at.s = 100
  meter.began()
  meter.launched('a', 1, 1)
  meter.ended()
  at.deviceJ = 4
  meter.split()
  assert.deepEqual(parts(), [0, 0, 4])
})

test('the energy of a launch that lasts belongs to it, however often energy is split meanwhile', () => {
  const { at, meter, parts } = metered()
  at.s = 1
  meter.began()
  for (at.deviceJ of [50, 110]) {
    at.s++
    meter.split()
  }
  meter.launched('a', 132, 2e6)
  meter.ended()
  meter.split()
  assert.deepEqual(parts(), [100, 0, 10])
})

test("the energy of a launch that failed is nobody's", () => {
  const { at, meter, parts } = metered()
  meter.began()
  at.deviceJ = 5
  meter.ended()
  meter.split()
  assert.deepEqual(parts(), [0, 0, 5])
})

test('without a counter, or as long as it counts nothing, there is work and no energy', () => {
  const meter = new WorkMeter(() => 0)
  meter.launched('a', 2, 3000)
  assert.equal(meter.split(), undefined)
  assert.deepEqual(meter.usedBy('a'), { cuMs: 6, energyJ: undefined })
  assert.equal(meter.idleJ, undefined)
  assert.equal(new WorkMeter(() => 0, { idleW: 1, energyJ: () => undefined }).split(), undefined)
})
