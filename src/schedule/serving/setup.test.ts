import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ServedModelPlan, ServingPlan } from '../../plan/serving-plan.js'
import { servingSetup } from './setup.js'

const MODEL: ServedModelPlan = {
  ...{ name: 'm', model: 'm', samples: 1, batches: [1, 4], maxDelayMs: 2, headStartMs: 3 },
  ...{ targetMs: 20, quantile: 0.95, priorityClass: 'high', late: 'drop', instances: 2, share: 40 },
  expectedMs: { 1: [5, 8], 4: [10, 16, 25] },
}

const planOf = (...models: ServedModelPlan[]): ServingPlan => ({
  format: 'eclip.serving/1',
  device: { name: 'h200', fingerprint: 'nvidia:h200:15x8+1x12' },
  ...{ mechanism: 'mps', concurrency: 3, priority: 'deadline', models },
  evidence: { policy: 'test', parameters: {} },
})

test('a plan becomes a setup in µs, with classes as ranks and a queue of fifty targets', () => {
  const low = { ...MODEL, name: 'n', priorityClass: 'low', late: 'serve', instances: 1 } as const
  const { headStartMs: _, ...plain } = low
  const { estimateUs, ...setup } = servingSetup(planOf(MODEL, plain), 6)
  const alike = { batches: [1, 4], targetUs: 20_000, maxDelayUs: 2000, quantile: 0.95 }
  // Fifty times the target of 20 ms, in launches of 4 samples that take 10 ms.
  const mostWaiting = 400
  assert.deepEqual(setup, {
    models: [
      { name: 'm', ...alike, headStartUs: 3000, priorityClass: 2, late: 'drop', mostWaiting },
      { name: 'n', ...alike, headStartUs: 0, priorityClass: 0, late: 'serve', mostWaiting },
    ],
    ...{ instances: [0, 0, 1], concurrency: 3, evenMisses: false, levels: 6 },
  })
  assert.deepEqual(
    [1, 2, 3, 4].map((running) => estimateUs(2, 4, running)),
    [10_000, 16_000, 25_000, 25_000],
  )
  assert.equal(servingSetup({ ...planOf(MODEL), evenMisses: true }, 6).evenMisses, true)
  assert.equal(servingSetup({ ...planOf(MODEL), priority: 'none' }, 6).levels, 1)
})

test('a queue has room for 64 samples, and for all that one instance can end in fifty targets', () => {
  const ms = fc.double({ min: 0.1, max: 1000, noNaN: true })
  fc.assert(
    fc.property(ms, ms, fc.integer({ min: 2, max: 64 }), (targetMs, launchMs, batch) => {
      const model = { ...MODEL, targetMs, batches: [1, batch] }
      const expectedMs = { 1: [launchMs], [batch]: [launchMs] }
      const [{ mostWaiting }] = servingSetup(planOf({ ...model, expectedMs }), 1).models
      const ended = batch * ((50 * targetMs) / launchMs)
      assert.ok(mostWaiting >= 64 && mostWaiting >= ended * (1 - 1e-9))
      assert.ok(mostWaiting === 64 || mostWaiting < ended * (1 + 1e-9) + 1)
    }),
  )
})
