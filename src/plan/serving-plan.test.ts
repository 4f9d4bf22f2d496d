import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  benchmarkedSchema,
  expectedUs,
  type ServedModelPlan,
  servingPlanSchema,
} from './serving-plan.js'

const times = (batches: readonly number[]) =>
  Object.fromEntries(batches.map((batch) => [batch, [1]]))
const modelOf = (batches: readonly number[], changes: object = {}) => ({
  ...{ name: 'a', model: 'a', samples: 1, batches, maxDelayMs: 0, targetMs: 20, quantile: 0.99 },
  ...{ priorityClass: 'normal', late: 'drop', instances: 1, share: 40 },
  ...{ expectedMs: times(batches), ...changes },
})
/** Where a plan of these models is not sound; undefined if it is. */
const fault = (...models: object[]): string | undefined =>
  servingPlanSchema
    .safeParse({
      format: 'eclip.serving/1',
      device: { name: 'h200', fingerprint: 'nvidia:h200:15x8+1x12' },
      ...{ mechanism: 'mps', concurrency: 1, priority: 'deadline', models },
      evidence: { policy: 'test' },
    })
    .error?.issues[0].path.join('.')
const isSound = (...models: object[]): boolean => fault(...models) === undefined

test('batch sizes ascend, each occurs once, and there are at most sixteen', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }), (batches) => {
      const ascending = [...new Set(batches)].sort((a, b) => a - b)
      const isAscending = batches.length > 0 && batches.join() === ascending.join()
      assert.equal(isSound(modelOf(batches)), isAscending)
    }),
  )
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
  assert.deepEqual([isSound(modelOf(upTo(16))), isSound(modelOf(upTo(17)))], [true, false])
})

test('a batch must carry a request, every size needs its times, and names must differ', () => {
  assert.ok(isSound(modelOf([1, 4], { samples: 4 })))
  assert.equal(fault(modelOf([1, 4], { samples: 5 })), 'models.0.batches')
  assert.equal(fault(modelOf([1, 4], { expectedMs: times([4]) })), 'models.0.expectedMs')
  assert.equal(fault(modelOf([1], { expectedMs: { 1: [] } })), 'models.0.expectedMs.1')
  assert.ok(isSound(modelOf([1]), modelOf([1], { name: 'b' })))
  assert.equal(fault(modelOf([1]), modelOf([1])), 'models')
})

test('what was measured of a plan are multiples of the demand, and joules if they are known', () => {
  const least = { goodput: 1.5, plainStreamsGoodput: 0, gpu: 'NVIDIA H200', date: '2026-01-02' }
  const joules = { joulesPerRequest: 0.25, plainStreamsJoulesPerRequest: 0.5 }
  for (const sound of [least, { ...least, ...joules }])
    assert.deepEqual(benchmarkedSchema.parse(sound), sound)
  for (const [name, value] of Object.entries({ ...least, ...joules })) {
    const wrong = typeof value === 'number' ? [-1, 'x'] : ['', 1]
    for (const one of wrong) {
      const found = benchmarkedSchema.safeParse({ ...least, ...joules, [name]: one })
      assert.deepEqual(found.error?.issues[0].path, [name])
    }
  }
})

test('a launch takes the time given for this many running launches, or the last time given', () => {
  const model = modelOf([1, 4], { expectedMs: { 1: [2], 4: [3, 5] } }) as ServedModelPlan
  const ofFour = [1, 2, 3].map((running) => expectedUs(model, 4, running))
  assert.deepEqual([expectedUs(model, 1, 3), ...ofFour], [2000, 3000, 5000, 5000])
})
