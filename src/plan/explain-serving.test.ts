import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainServing } from './explain-serving.js'
import type { ServedModelPlan, ServingPlan } from './serving-plan.js'

const MODEL: ServedModelPlan = {
  ...{ name: 'a', model: 'a', samples: 1, batches: [1, 8], maxDelayMs: 0, targetMs: 20 },
  ...{ quantile: 0.99, priorityClass: 'normal', late: 'serve', instances: 1, share: 1 },
  expectedMs: { 1: [1], 8: [1] },
}
const PLAN: ServingPlan = {
  format: 'eclip.serving/1',
  device: { name: 'h200', fingerprint: 'nvidia:h200:15x8+1x12' },
  ...{ mechanism: 'mps', concurrency: 1, priority: 'deadline', models: [MODEL] },
  evidence: { policy: 'test', parameters: {} },
}

test('a plan in sentences says what it does, and nothing about what it does not do', () => {
  assert.deepEqual(explainServing(PLAN), [
    'Every instance is a process of its own under MPS.',
    'One launch runs at a time.',
    'a: one instance on 1 compute unit, up to 8 samples together.',
  ])
  const single = { ...MODEL, batches: [1], instances: 2, share: 40 }
  assert.equal(
    explainServing({ ...PLAN, models: [single] })[2],
    'a: 2 instances on 40 compute units each, one sample at a time.',
  )
  const late: ServedModelPlan = { ...MODEL, late: 'drop', instances: 2, share: 40 }
  const patient = { ...MODEL, maxDelayMs: 0.123456, headStartMs: 0.54321 }
  const other: ServingPlan = {
    ...{ ...PLAN, mechanism: 'streams', concurrency: 2, evenMisses: true },
    models: [late, patient],
  }
  assert.deepEqual(explainServing(other), [
    'All instances share one process, each on a stream of its own.',
    'At most 2 launches run at a time.',
    'Models that missed more of what they may miss go earlier.',
    'a: 2 instances, up to 8 samples together; what would be late is dropped.',
    'a: one instance, up to 8 samples together, for which the first waits at most 0.123 ms; it goes before others as if due 0.543 ms earlier.',
  ])
})
