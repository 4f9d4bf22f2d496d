import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { InputError } from '../errors.js'
import type { Scenario } from '../workload/scenario.js'
import { buildPlan, type PlanDraft } from './build.js'
import { pooledPartitions } from './executable.js'

const nobody: Scenario = { device: h200, workers: [] }
const draft: PlanDraft = {
  mechanism: 'pooled',
  pool: [
    { granules: [0, 1], owner: 0 },
    { granules: [3], owner: null },
  ],
  groups: [],
  evidence: { policy: 'krisp', parameters: {} },
}

test('the partitions of a pool are listed in their order', () => {
  assert.deepEqual(pooledPartitions(buildPlan(nobody, draft)), [[0, 1], [3]])
})

for (const [name, change, problem] of [
  [
    'placed by the command processor',
    { mechanism: 'hardware' },
    { path: 'mechanism', expected: 'pooled', found: 'hardware, which only the simulator has' },
  ],
  [
    'of processes with shares',
    { mechanism: 'mps' },
    { path: 'mechanism', expected: 'pooled', found: 'mps, which has no streams' },
  ],
  [
    'of hardware instances',
    { mechanism: 'mig' },
    {
      path: 'mechanism',
      expected: 'pooled',
      found: 'mig, whose instances an administrator makes',
    },
  ],
  [
    'masked anew before every kernel',
    { mechanism: 'mask-call' },
    {
      path: 'mechanism',
      expected: 'pooled',
      found: 'mask-call, which only the simulator and eclip bench have',
    },
  ],
  [
    'placed at dispatch',
    { pool: [{ granules: [0], owner: 0 }, { cus: 8 }] },
    {
      path: 'pool[1]',
      expected: 'granules',
      found: '8 CUs placed at dispatch, which only the simulator does',
    },
  ],
] as const) {
  test(`a plan that no device can run is refused: ${name}`, () => {
    const plan = buildPlan(nobody, { ...draft, ...change })
    assert.throws(() => pooledPartitions(plan), InputError)
    assert.throws(() => pooledPartitions(plan), {
      problem: { file: 'the plan of krisp', ...problem },
    })
  })
}
