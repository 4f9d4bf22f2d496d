import assert from 'node:assert/strict'
import { test } from 'node:test'
import { highlighted, overlaid, policyLabel } from './marks.js'
import { outcome } from './outcomes.test.fixture.js'

const [worst, best, eclip] = [
  outcome('baseline', { normalized: [0.2, 0.4], powerW: 600 }),
  outcome('windows', { normalized: [0.7, 0.8], powerW: 600 }),
  outcome('eclip', { normalized: [0.5, 0.6], powerW: 600 }),
]

test('the plan of the paper’s planner is laid over the staircases, or else the best one', () => {
  assert.equal(overlaid([worst, best, eclip]), eclip)
  assert.equal(overlaid([worst, best]), best)
})

test('worth a closer look are the best plan and the one that is laid over, in the order of all', () => {
  assert.deepEqual(highlighted([worst, eclip, best]), [eclip, best])
  assert.deepEqual(highlighted([worst, best]), [best])
})

test('only the best policy stands out', () => {
  const labels = [worst, best, eclip].map((one) => policyLabel(one, [worst, best, eclip]))
  assert.deepEqual(labels, [
    { label: 'baseline', emphasis: undefined },
    { label: 'windows', emphasis: 'strong' },
    { label: 'eclip', emphasis: undefined },
  ])
})
