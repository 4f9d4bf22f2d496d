import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServingPlan } from './serving-plan.js'
import { withoutMps } from './without-mps.js'

test('without MPS a plan is the same on streams, with each instance on the whole device', () => {
  const plan = {
    mechanism: 'mps',
    concurrency: 3,
    priority: 'deadline',
    models: [{ name: 'a', instances: 2, share: 40, late: 'drop' }],
    evidence: { policy: 'size', parameters: { seed: 1 }, predicted: { goodput: 2 } },
  } as unknown as ServingPlan
  assert.deepEqual(withoutMps(plan, 132), {
    mechanism: 'streams',
    concurrency: 3,
    priority: 'deadline',
    models: [{ name: 'a', instances: 2, share: 132, late: 'drop' }],
    evidence: { policy: 'size', parameters: { seed: 1, plannedFor: 'mps' } },
  })
})
