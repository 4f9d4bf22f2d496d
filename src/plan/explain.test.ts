import assert from 'node:assert/strict'
import { test } from 'node:test'
import { granuleCus } from '../device/granule-layout.js'
import { describeDiff, diffPlans } from './diff.js'
import { explainPlan } from './explain.js'
import { describeEntry, entryCus } from './layout.js'
import { MECHANISMS, type Plan } from './plan.js'

const plan: Plan = {
  format: 'eclip.plan/1',
  device: { name: 'h200', fingerprint: 'nvidia:h200:15x8+1x12' },
  mechanism: 'pooled',
  pool: [
    { granules: [0, 1, 2, 3], owner: 0 },
    { granules: [12, 13, 14, 15], owner: null },
  ],
  workers: [
    {
      name: 'vgg19/8',
      model: 'vgg19',
      batch: 8,
      groups: [
        { kernels: 10, partition: 0, priority: 0 },
        { kernels: 5, partition: 0, priority: 2 },
        { kernels: 1, partition: 1, priority: 0 },
      ],
    },
  ],
  evidence: { policy: 'eclip', parameters: { switchBudget: 14 }, switchesPerRequest: [1] },
}

test('a plan is explained by partition, with compute units and priorities', () => {
  assert.deepEqual(explainPlan(plan).split('\n'), [
    'eclip plan for h200: streams made ahead of time; a switch costs a barrier',
    'parameters: switchBudget 14',
    'pool:',
    '  0: granules 0-3 (32 CUs), vgg19/8',
    '  1: granules 12-15 (36 CUs), shared',
    '',
    'vgg19/8: 16 kernels, 1 switch per request',
    '  kernels 0-14: granules 0-3 (32 CUs)',
    '  kernel 15: granules 12-15 (36 CUs)',
    '  kernels by priority, highest first: 2: 5, 0: 11',
  ])
})

test('parameters are explained in words, with round figures', () => {
  const explained = (parameters: Plan['evidence']['parameters']) =>
    explainPlan({ ...plan, evidence: { ...plan.evidence, parameters } }).split('\n')[1]
  const cuts = { kind: 'cuts', cutsUs: [2.05849, 3.6679999999999997] }
  assert.equal(
    explained({ seed: 1, objective: 'headroom', priorities: cuts }),
    'parameters: seed 1, objective headroom, priorities cuts (cutsUs 2.058 3.668)',
  )
  assert.equal(explained({ priorities: { kind: 'none' } }), 'parameters: priorities none')
})

test('what a solver proved is explained, or that it has no bound', () => {
  const explained = (bound: number | null, gap: number | null) => {
    const solver = { method: 'ilp', status: 'feasible', objective: 12.5, bound, gap } as const
    return explainPlan({ ...plan, evidence: { ...plan.evidence, solver } }).split('\n')[2]
  }
  const found = 'solver: feasible by ilp: objective 12.5'
  assert.equal(explained(10, 0.2), `${found}, bound 10, gap 20%`)
  assert.equal(explained(10, null), `${found}, bound 10`)
  assert.equal(explained(null, null), `${found}, no bound`)
})

test('a share is explained with its worker', () => {
  const shared: Plan = {
    ...plan,
    mechanism: 'mps',
    pool: [{ cus: 53, owner: 0 }],
    workers: [{ ...plan.workers[0], groups: [{ kernels: 16, partition: 0, priority: 2 }] }],
  }
  assert.deepEqual(explainPlan(shared).split('\n'), [
    'eclip plan for h200: a process for each worker, with a share of the compute units, whichever are free',
    'parameters: switchBudget 14',
    'pool:',
    '  0: 53 CUs at a time, vgg19/8',
    '',
    'vgg19/8: 16 kernels, 0 switches per request',
    '  kernels 0-15: 53 CUs at a time',
    '  kernels by priority, highest first: 2: 16',
  ])
})

test('the first line says how a plan is carried out', () => {
  const words: Record<Plan['mechanism'], RegExp> = {
    pooled: /: streams made ahead of time; a switch costs a barrier$/,
    'mask-call': /: the queue is re-masked before every kernel$/,
    hardware: /: placed by the command processor at dispatch \(proposed hardware\)$/,
    mps: /: a process for each worker, with a share of the compute units, whichever are free$/,
    mig: /: a process for each worker, in a hardware instance with memory bandwidth of its own$/,
  }
  for (const mechanism of MECHANISMS)
    assert.match(explainPlan({ ...plan, mechanism }).split('\n')[0], words[mechanism])
})

test('mask calls are not counted as switches', () => {
  assert.match(
    explainPlan({ ...plan, mechanism: 'mask-call' }),
    /vgg19\/8: 16 kernels, 1 switch per request, a mask call before every kernel\n/,
  )
})

test('sizes that are placed at dispatch are listed from the smallest to the largest', () => {
  const poolOf = (pool: Plan['pool']) =>
    explainPlan({ ...plan, mechanism: 'hardware', pool }).split('\n')[2]
  assert.equal(
    poolOf([{ cus: 24 }, { cus: 8 }, { cus: 132 }]),
    'pool: 3 sizes placed at dispatch, 8 to 132 CUs',
  )
  assert.equal(
    poolOf([
      { cus: 24, overlap: 'none' },
      { cus: 8, overlap: 'none' },
    ]),
    'pool: 2 sizes placed at dispatch where no other kernel is, 8 to 24 CUs',
  )
  assert.equal(
    poolOf([{ cus: 24 }, { cus: 8, overlap: 'none' }]),
    'pool: 2 sizes placed at dispatch, 8 to 24 CUs',
  )
})

test('many runs are summed by size', () => {
  const groups = Array.from({ length: 50 }, (_, i) => ({
    kernels: 1,
    partition: 1 - (i % 2),
    priority: 0,
  }))
  const text = explainPlan({ ...plan, workers: [{ ...plan.workers[0], groups }] })
  assert.match(text, /32 CUs: 25 kernels in 25 runs\n {2}36 CUs: 25 kernels in 25 runs/)
})

test('a plan does not differ from itself, however its pool is numbered', () => {
  const groups = plan.workers[0].groups.map((g) => ({ ...g, partition: 1 - g.partition }))
  const renumbered = {
    ...plan,
    pool: [...plan.pool].reverse(),
    workers: [{ ...plan.workers[0], groups }],
  }
  assert.equal(describeDiff(diffPlans(plan, renumbered)), 'the plans are the same')
})

test('differences are runs of kernels', () => {
  const groups = [
    { kernels: 12, partition: 0, priority: 0 },
    { kernels: 4, partition: 1, priority: 0 },
  ]
  const other = { ...plan, workers: [{ ...plan.workers[0], groups }] }
  assert.deepEqual(diffPlans(plan, other).kernels, [
    {
      worker: 'vgg19/8',
      firstKernel: 10,
      kernels: 2,
      before: 'granules 0-3 (32 CUs), priority 2',
      after: 'granules 0-3 (32 CUs)',
    },
    {
      worker: 'vgg19/8',
      firstKernel: 12,
      kernels: 3,
      before: 'granules 0-3 (32 CUs), priority 2',
      after: 'granules 12-15 (36 CUs)',
    },
  ])
})

test('differences in words name the kernels, either one or the first and the last', () => {
  const groups = [
    { kernels: 11, partition: 0, priority: 0 },
    { kernels: 5, partition: 1, priority: 0 },
  ]
  const other = { ...plan, workers: [{ ...plan.workers[0], groups }] }
  assert.deepEqual(describeDiff(diffPlans(plan, other)).split('\n'), [
    'vgg19/8 kernel 10: granules 0-3 (32 CUs), priority 2 -> granules 0-3 (32 CUs)',
    'vgg19/8 kernels 11-14: granules 0-3 (32 CUs), priority 2 -> granules 12-15 (36 CUs)',
  ])
  const onlyGeneral = describeDiff({ general: ['mechanism: pooled -> mig'], kernels: [] })
  assert.equal(onlyGeneral, 'mechanism: pooled -> mig')
})

test('the entries of a pool in words', () => {
  const words = [
    [{ cus: 24, owner: 0 }, '24 CUs at a time'],
    [{ cus: 24 }, '24 CUs placed at dispatch'],
    [{ cus: 24, overlap: 'none' }, '24 CUs placed at dispatch, where no other kernel is'],
    [{ granules: [0, 1], owner: null }, 'granules 0-1 (16 CUs)'],
    [{ granules: [0, 15], owner: null }, 'granules 0,15 (20 CUs)'],
    [
      { granules: [0, 1], owner: null, memoryShare: 0.125 },
      'granules 0-1 (16 CUs) with 0.125 of the memory bandwidth',
    ],
    [{ granules: [99], owner: null }, 'granules 99'],
  ] as const
  for (const [entry, text] of words) assert.equal(describeEntry(plan, entry), text)
  assert.equal(describeEntry(plan, { cus: 1, owner: 0 }), '1 CU at a time')
  assert.deepEqual(
    words.map(([entry]) => entryCus(plan, entry)),
    [24, 24, 24, 16, 20, 16, Number.NaN],
  )
})

test('plans that switch more or less often differ in that', () => {
  const groups = [{ kernels: 16, partition: 0, priority: 0 }]
  const steady = { ...plan, workers: [{ ...plan.workers[0], groups }] }
  assert.deepEqual(diffPlans(plan, steady).general, ['vgg19/8: switches per request: 1 -> 0'])
})

test('workers that only one of the plans has are named', () => {
  const other = { ...plan, workers: [{ ...plan.workers[0], model: 'albert' }, plan.workers[0]] }
  assert.deepEqual(diffPlans(plan, other), {
    general: [
      'worker 0: vgg19 batch 8, 16 kernels -> albert batch 8, 16 kernels',
      'worker 1: none -> vgg19 batch 8, 16 kernels',
    ],
    kernels: [],
  })
})

test('the layout is read from the fingerprint', () => {
  assert.deepEqual(granuleCus('amd:odd:name:2x15+1x4'), [15, 15, 4])
})

test('plans that are carried out in another way, or made by another policy, differ in that', () => {
  const other = {
    ...plan,
    mechanism: 'mps' as const,
    evidence: { ...plan.evidence, policy: 'other' },
  }
  assert.deepEqual(diffPlans(plan, other).general, [
    `policy: ${plan.evidence.policy} -> other`,
    `mechanism: ${plan.mechanism} -> mps`,
  ])
})
