import assert from 'node:assert/strict'
import { test } from 'node:test'
import { streamMasks } from '../binding/stream-masks.js'
import { type Plan, planSchema } from '../plan/plan.js'
import { parseCounts } from './plan-counts.js'
import { planTable, servedWorkers } from './plan-table.js'

const FINGERPRINT = 'nvidia:h200:15x8+1x12'

/** A plan of workers whose kernels each run in a different one of this many partitions. */
function planOf(workers: number, partitions: number, mechanism = 'pooled'): Plan {
  const groups = Array.from({ length: partitions }, (_, partition) => ({
    kernels: partition + 1,
    partition: partition + 1,
    priority: partition % 3,
  }))
  return planSchema.parse({
    format: 'eclip.plan/1',
    device: { name: 'h200', fingerprint: FINGERPRINT },
    mechanism,
    pool: Array.from({ length: partitions + 1 }, (_, g) => ({ granules: [0, g + 1], owner: null })),
    workers: Array.from({ length: workers }, (_, w) => ({
      name: `w${w}`,
      model: `m${w % 2}`,
      batch: 8,
      groups,
    })),
    evidence: { policy: 'eclip', switchesPerRequest: Array(workers).fill(partitions - 1) },
  })
}

test('a table has the partitions that its workers use, and each kernel', () => {
  const plan = planOf(2, 3)
  const table = planTable('mix.json', plan, [plan.workers[1]], streamMasks('nvidia:x:2x8+1x12'))
  assert.equal(table, 'place 1 5\nplace 1 9\nplace 1 11\nrequest 6\n1 0 0\n2 1 1\n3 2 2\n')
})

test('granules are bits of unsigned words, the first one the lowest', () => {
  assert.deepEqual([...streamMasks(FINGERPRINT)([0, 31, 32, 40])], [0x8000_0001, 0x101])
})

test('a program serves all workers of a plan, or the first one of a model', () => {
  const plan = planOf(4, 1)
  assert.deepEqual(servedWorkers('mix.json', plan), plan.workers)
  assert.deepEqual(servedWorkers('mix.json', plan, 'm1/8'), [plan.workers[1]])
  assert.deepEqual(servedWorkers('mix.json', plan, 'm0/8'), [plan.workers[0]])
})

test('a plan that no program can be given is refused', () => {
  const table = (plan: Plan) => planTable('mix.json', plan, plan.workers, streamMasks(FINGERPRINT))
  const cases: readonly [() => unknown, RegExp][] = [
    [
      () => servedWorkers('mix.json', planOf(2, 1), 'm2/8'),
      /^--member: expected one of m0\/8, m1\/8, as mix.json has, found "m2\/8"$/,
    ],
    [
      () => table(planOf(1, 65)),
      /^mix.json: pool: expected at most 64 partitions in one program, found 65$/,
    ],
    [() => table(planOf(1, 1, 'mask-call')), /^the plan of eclip: mechanism: expected pooled, /],
  ]
  for (const [act, message] of cases) assert.throws(act, { name: 'InputError', message })
  assert.doesNotThrow(() => table(planOf(1, 64)))
})

test('every worker has counts of its own, before what was waited for', () => {
  const [{ stayed, usual, workers, waitedFor }] = parseCounts('5 3 2 4 1 0 7 8 9 6 f:7 g:1\n', 2)
  assert.deepEqual([stayed, usual, waitedFor], [5, 3, ['f:7', 'g:1']])
  assert.deepEqual(workers, [
    { requests: 2, switches: 4, barriers: 1, returns: 0 },
    { requests: 7, switches: 8, barriers: 9, returns: 6 },
  ])
})
