import assert from 'node:assert/strict'
import { test } from 'node:test'
import { streamMasks } from '../binding/stream-masks.js'
import { type Plan, planSchema } from '../plan/plan.js'
import { countsText, parseCounts } from './plan-counts.js'
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
  const plan = planOf(2, 2)
  const table = planTable('mix.json', plan, [plan.workers[1]], streamMasks(FINGERPRINT))
  assert.equal(table, 'place 1 5\nplace 1 9\nrequest 3\n1 0 0\n2 1 1\n')
})

test('granules are bits of unsigned words, the first one the lowest', () => {
  assert.deepEqual([...streamMasks(FINGERPRINT)([0, 31, 32, 40])], [0x8000_0001, 0x101])
})

test('a program serves all workers of a plan, or the first one of a model', () => {
  const plan = planOf(4, 1)
  assert.deepEqual(servedWorkers('mix.json', plan), plan.workers)
  assert.deepEqual(servedWorkers('mix.json', plan, 'm1/8'), [plan.workers[1]])
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

test('counts of several processes are added up, worker by worker', () => {
  const text = '5 3 2 4 2 0 0 0 0 0 cuMemcpyAsync:7\n1 3 2 5 2 1 0 0 0 0\n'
  const processes = parseCounts(text, 2)
  assert.deepEqual(processes[0].waitedFor, ['cuMemcpyAsync:7'])
  assert.deepEqual(countsText(['a/8', 'b/8'], processes), [
    'plan: 4 requests of a/8, each with 2.3 switches, 1.0 barriers, 0.3 returns',
    'plan: 6 kernels ran anywhere',
  ])
})
