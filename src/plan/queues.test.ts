import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalog } from '../device/catalog/registry.js'
import type { Plan, WorkerPlan } from './plan.js'
import { queueCaution, queuesPerRequest } from './queues.js'

const h200 = catalog.get('h200')!
const mi50 = catalog.get('mi50')!

function worker(...partitions: number[]): WorkerPlan {
  const groups = partitions.map((partition) => ({ kernels: 3, partition, priority: 0 }))
  return { name: 'w', model: 'm', batch: 1, groups }
}

function plan(workers: WorkerPlan[]): Plan {
  return {
    format: 'eclip.plan/1',
    device: { name: 'h200', fingerprint: '' },
    mechanism: 'pooled',
    pool: [{ granules: [0], owner: null }],
    workers,
    evidence: { policy: 'test', parameters: {}, switchesPerRequest: [] },
  }
}

test('a request takes one queue, and one more for each stretch away from its start', () => {
  assert.equal(queuesPerRequest(worker(0)), 1)
  assert.equal(queuesPerRequest(worker(0, 0)), 1)
  assert.equal(queuesPerRequest(worker(0, 1, 0, 1, 0)), 3)
  assert.equal(queuesPerRequest(worker(0, 1, 2, 2, 1)), 4)
})

test('a plan with more segments than queues gets a warning, if requests are handed over as a whole', () => {
  const busy = worker(0, ...Array.from({ length: 14 }, (_, i) => (i % 2 === 0 ? 1 : 0)))
  assert.equal(queuesPerRequest(busy), 8)
  assert.equal(queueCaution(h200, plan([busy, busy, busy, busy])), undefined)
  assert.match(queueCaution(h200, plan(Array(5).fill(busy)))!, /take 40 hardware queues of 32/)
  assert.equal(queueCaution(mi50, plan(Array(5).fill(busy))), undefined)
})
