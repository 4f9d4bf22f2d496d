import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { kernelTaking } from '../profile/kernel.test.fixture.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import { buildPlan, type PlanDraft } from './build.js'
import { checkPlan } from './check.js'
import { pooledPartitions } from './executable.js'
import { explainPlan } from './explain.js'
import { type Plan, planSchema } from './plan.js'

const KERNEL = kernelTaking({ '132': 1 })
const WORKERS = ['a', 'b'].map((name) =>
  closedLoopWorker(name, {
    format: 'eclip.profile/1',
    model: 'm',
    batch: 8,
    device: 'h200',
    source: 'measured',
    kernels: [KERNEL, KERNEL],
  }),
)

interface Draft {
  mechanism: Plan['mechanism']
  pool: { granules: number[]; owner: null; memoryShare?: number }[]
  groups: PlanDraft['groups'][number][]
}

test('hardware instances share neither compute units nor memory, and keep their processes', () => {
  const planWith = (edit: (draft: Draft) => void, device = h200): [Plan, Scenario] => {
    const draft: Draft = {
      mechanism: 'mig',
      pool: [
        { granules: [0, 1, 2], owner: null, memoryShare: 0.5 },
        { granules: [3], owner: null, memoryShare: 0.5 },
      ],
      groups: [0, 1].map((partition) => [{ kernels: 2, partition, priority: 0 }]),
    }
    edit(draft)
    const own = { device, workers: WORKERS }
    return [buildPlan(own, { ...draft, evidence: { policy: 'test', parameters: {} } }), own]
  }
  const [plan, own] = planWith(() => {})
  assert.deepEqual(planSchema.parse(plan), plan)
  checkPlan(plan, own, 'p.json')
  const [together] = planWith((d) => (d.groups[1] = [{ kernels: 2, partition: 0, priority: 0 }]))
  checkPlan(together, own, 'p.json')
  const cases: [[Plan, Scenario], RegExp][] = [
    [
      planWith((d) => (d.pool[1].granules = [2])),
      /pool\[1\]\.granules: expected none of pool\[0\], found 2/,
    ],
    [
      planWith((d) => (d.pool[1].memoryShare = 0.625)),
      /pool\[1\]\.memoryShare: expected at most 1 in all, found 1\.125/,
    ],
    [
      planWith((d) => (d.pool[1] = { granules: [3], owner: null })),
      /pool\[1\]: expected an instance under mig: .*found granules/,
    ],
    [
      planWith((d) => {
        d.groups[1] = [0, 1].map((partition) => ({ kernels: 1, partition, priority: 0 }))
      }),
      /groups\[1\]\.partition: expected 0, since a process keeps its instance, found 1/,
    ],
    [planWith((d) => (d.mechanism = 'pooled')), /pool\[0\]: expected granules.*found an instance/],
    [planWith(() => {}, { ...mi50, priorityLevels: 6 }), /mechanism: expected one that mi50 has/],
  ]
  for (const [[bad, on], message] of cases)
    assert.throws(() => checkPlan(bad, on, 'p.json'), message)
  assert.match(explainPlan(plan), /granules 0-2 \(24 CUs\) with 0\.5 of the memory bandwidth/)
  assert.throws(() => pooledPartitions(plan), /found mig, whose instances an administrator makes/)
})
