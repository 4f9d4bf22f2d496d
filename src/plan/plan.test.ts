import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { wholeDevice } from '../device/device.js'
import { kernelTaking } from '../profile/kernel.test.fixture.js'
import type { Profile } from '../profile/profile.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import { atHome, buildPlan, groupKernels, PoolBuilder } from './build.js'
import { checkPlan, checkScenario } from './check.js'
import { groupOnGranulesSchema, groupsOnGranules } from './groups-on-granules.js'
import { kernelCount, type Plan, planSchema, switchesPerRequest } from './plan.js'

function profileOf(kernels: number): Profile {
  const kernel = kernelTaking({ '132': 1 })
  return {
    format: 'eclip.profile/1',
    model: 'm',
    batch: 8,
    device: 'h200',
    source: 'measured',
    kernels: Array.from({ length: kernels }, () => kernel),
  }
}

function scenarioOf(kernels: number): Scenario {
  const profile = profileOf(kernels)
  return { device: h200, workers: ['a', 'b'].map((name) => closedLoopWorker(name, profile)) }
}

interface Draft {
  mechanism: Plan['mechanism']
  pool: { cus: number; owner: number }[]
  groups: { kernels: number; partition: number; priority: number }[][]
}

function planOf(scenario: Scenario): Plan {
  const pool = new PoolBuilder()
  const groups = scenario.workers.map((worker, i) => [
    {
      kernels: worker.profile.kernels.length,
      partition: pool.pooled(wholeDevice(h200), i),
      priority: 0,
    },
  ])
  const evidence = { policy: 'test', parameters: {} }
  return buildPlan(scenario, { mechanism: 'pooled', pool: pool.entries, groups, evidence })
}

/** A clone of frozen data, which has the same values but can be changed. */
type Thawed<T> = T extends object ? { -readonly [K in keyof T]: Thawed<T[K]> } : T

/** Every object and array inside a value, including the value itself. */
function partsOf(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(partsOf)]
}

test('grouping keeps every kernel in order and merges equal neighbours', () => {
  const placements = fc.array(
    fc.record(
      { partition: fc.nat({ max: 2 }), priority: fc.nat({ max: 1 }) },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 40 },
  )
  fc.assert(
    fc.property(placements, (kernels) => {
      const groups = groupKernels(kernels)
      const expanded = groups.flatMap(({ kernels: n, partition, priority }) =>
        Array.from({ length: n }, () => ({ partition, priority })),
      )
      assert.deepEqual(expanded, kernels)
      groups.slice(1).forEach((group, i) => {
        assert.notDeepEqual(
          [group.partition, group.priority],
          [groups[i].partition, groups[i].priority],
        )
      })
    }),
  )
})

test('a switch is a change of partition, not of priority', () => {
  const groups = [
    { kernels: 2, partition: 0, priority: 0 },
    { kernels: 1, partition: 0, priority: 1 },
    { kernels: 3, partition: 1, priority: 1 },
  ]
  const worker = { name: 'a', model: 'm', batch: 8, groups }
  assert.equal(switchesPerRequest(worker), 1)
  assert.equal(kernelCount(worker), 6)
})

test('a pool holds each partition and share once per owner, and every instance', () => {
  const pool = new PoolBuilder()
  const indices = [
    pool.pooled([0, 1], 0),
    pool.pooled([0, 1], 0),
    pool.pooled([0, 1], 1),
    pool.placed(8),
    pool.placed(8),
    pool.share(8, 0),
    pool.share(8, 1),
    pool.share(8, 0),
    pool.instance([0, 1], 0.5),
    pool.instance([0, 1], 0.5),
  ]
  assert.deepEqual(indices, [0, 0, 1, 2, 2, 3, 4, 3, 5, 6])
  const instance = { granules: [0, 1], owner: null, memoryShare: 0.5 }
  assert.deepEqual(pool.entries, [
    { granules: [0, 1], owner: 0 },
    { granules: [0, 1], owner: 1 },
    { cus: 8 },
    { cus: 8, owner: 0 },
    { cus: 8, owner: 1 },
    instance,
    instance,
  ])
})

test('a built plan satisfies the schema and fits its scenario', () => {
  const scenario = scenarioOf(5)
  const plan = planOf(scenario)
  assert.deepEqual(planSchema.parse(plan), plan)
  checkPlan(plan, scenario, 'p.json')
})

test('a draft has the groups of every worker', () => {
  const scenario = scenarioOf(5)
  const { pool, workers, mechanism, evidence } = planOf(scenario)
  const all = workers.map(({ groups }) => groups)
  for (const groups of [undefined, [], all.slice(1), [...all, all[0]]]) {
    const draft = { mechanism, pool, groups, evidence } as Parameters<typeof buildPlan>[1]
    assert.throws(
      () => buildPlan(scenario, draft),
      /plan: groups: expected an entry .*worker \(2\)/,
    )
  }
})

test('a plan of one worker may tell what its solver proved, and what was predicted', () => {
  const [worker] = scenarioOf(5).workers
  const plan = planOf({ device: h200, workers: [worker] })
  const solver = { method: 'ilp', status: 'feasible', objective: 12.5, bound: null, gap: null }
  const read = (changes: object) =>
    planSchema.safeParse({
      ...plan,
      evidence: { ...plan.evidence, predicted: { stp: 1.2 }, solver: { ...solver, ...changes } },
    })
  assert.deepEqual(read({}).data?.evidence.solver, solver)
  assert.deepEqual(read({}).data?.evidence.predicted, { stp: 1.2 })
  for (const status of ['optimal', 'heuristic']) assert.ok(read({ status }).success)
  assert.ok(read({ bound: 10, gap: 0.2 }).success)
  for (const bad of [{ status: 'x' }, { objective: null }, { gap: -0.1 }, { bound: undefined }]) {
    const [issue] = read(bad).error!.issues
    assert.deepEqual(issue.path, ['evidence', 'solver', Object.keys(bad)[0]])
  }
})

test('the groups of a worker on granules: those of its partition, or none if it is placed at dispatch', () => {
  const plan = planOf(scenarioOf(5))
  const pool = [{ granules: [3, 4], owner: null }, { cus: 8 }]
  const [worker] = plan.workers
  const groups = [
    { kernels: 2, partition: 1, priority: 1 },
    { kernels: 3, partition: 0, priority: 0 },
  ]
  const own = groupsOnGranules({ ...plan, pool }, { ...worker, groups })
  assert.deepEqual(own, [
    { kernels: 2, granules: [], priority: 1 },
    { kernels: 3, granules: [3, 4], priority: 0 },
  ])
  const { priority } = groupOnGranulesSchema.parse({ kernels: 3, granules: [3, 4] })
  assert.equal(priority, 0)
})

test('what is no plan or no scenario is refused by its kind, such as a promise that was not awaited', () => {
  const scenario = scenarioOf(5)
  checkScenario(scenario)
  const kinds: [unknown, string][] = [
    [undefined, 'nothing'],
    [Promise.resolve(scenario), 'a promise \\(await it\\)'],
    [{ device: h200 }, 'an object'],
    [{ workers: [] }, 'an object'],
  ]
  for (const [value, kind] of kinds) {
    const found = new RegExp(`^scenario: expected what loadScenario returns, found ${kind}`)
    assert.throws(() => checkScenario(value as Scenario), { message: found })
    const message = new RegExp(`^p.json: expected a plan of a policy or a file, found ${kind}`)
    assert.throws(() => checkPlan(value as Plan, scenario, 'p.json'), { message })
  }
})

test('a group without a priority in a plan has the lowest one', () => {
  const text = JSON.stringify(planOf(scenarioOf(2))).replaceAll(',"priority":0', '')
  assert.doesNotMatch(text, /priority"/)
  const { workers } = planSchema.parse(JSON.parse(text))
  for (const { groups } of workers)
    assert.deepEqual(
      groups.map(({ priority }) => priority),
      [0],
    )
})

test('a plan is frozen down to its last part, whether built or read, and its draft is left alone', () => {
  const scenario = scenarioOf(5)
  const groups = scenario.workers.map(() => [{ kernels: 5, partition: 0, priority: 0 }])
  const draft = {
    mechanism: 'pooled',
    pool: [{ granules: [0, 1], owner: null }],
    groups,
    evidence: { policy: 'test', parameters: { cuts: [4, 8] } },
  } as const
  const built = buildPlan(scenario, draft)
  for (const plan of [built, planSchema.parse(structuredClone(built))])
    for (const part of partsOf(plan)) assert.ok(Object.isFrozen(part), JSON.stringify(part))
  for (const part of partsOf(draft)) assert.ok(!Object.isFrozen(part), JSON.stringify(part))
})

test('a plan at home keeps every kernel, on the first partition of its worker', () => {
  const scenario = scenarioOf(5)
  const groups = scenario.workers.map((_, i) => [
    { kernels: 2, partition: i, priority: 3 },
    { kernels: 3, partition: 1 - i, priority: 0 },
  ])
  const pool = [0, 1].map((granule) => ({ granules: [granule], owner: null }))
  const evidence = { policy: 'test', parameters: {} }
  const plan = atHome(buildPlan(scenario, { mechanism: 'pooled', pool, groups, evidence }))
  checkPlan(plan, scenario, 'p.json')
  assert.deepEqual(
    plan.workers.map((worker) => worker.groups),
    [[{ kernels: 5, partition: 0, priority: 3 }], [{ kernels: 5, partition: 1, priority: 3 }]],
  )
  assert.deepEqual(plan.evidence.switchesPerRequest, [0, 0])
  for (const part of partsOf(plan)) assert.ok(Object.isFrozen(part))
})

test('a share belongs to one worker, which keeps it, and has at most the compute units of the device', () => {
  const scenario = scenarioOf(2)
  const planWith = (edit: (draft: Draft) => void, device = h200): [Plan, Scenario] => {
    const draft: Draft = {
      mechanism: 'mps',
      pool: [
        { cus: 66, owner: 0 },
        { cus: 132, owner: 1 },
      ],
      groups: [0, 1].map((partition) => [
        { kernels: 1, partition, priority: 0 },
        { kernels: 1, partition, priority: 1 },
      ]),
    }
    edit(draft)
    const own = { ...scenario, device }
    return [buildPlan(own, { ...draft, evidence: { policy: 'test', parameters: {} } }), own]
  }
  const [plan, own] = planWith(() => {})
  assert.deepEqual(planSchema.parse(plan), plan)
  checkPlan(plan, own, 'p.json')
  const cases: [[Plan, Scenario], RegExp][] = [
    [planWith((d) => (d.pool[0].cus = 133)), /pool\[0\]\.cus: expected at most 132 .*found 133/],
    [
      planWith((d) => (d.pool[1].owner = 2)),
      /pool\[1\]\.owner: expected a worker below 2, found 2/,
    ],
    [
      planWith((d) => (d.groups[1][1].partition = 0)),
      /workers\[1\]\.groups\[1\]\.partition: expected the share of worker 1, found one owned by 0/,
    ],
    [
      planWith((d) => {
        d.pool.push({ cus: 40, owner: 1 })
        d.groups[1][1].partition = 2
      }),
      /groups\[1\]\.partition: expected 1, since a process keeps its share, found 2/,
    ],
    [planWith((d) => (d.mechanism = 'pooled')), /pool\[0\]: expected granules.*found a share/],
    [planWith(() => {}, { ...mi50, priorityLevels: 6 }), /mechanism: expected one that mi50 has/],
  ]
  for (const [[bad, on], message] of cases)
    assert.throws(() => checkPlan(bad, on, 'p.json'), message)
  const placed = { ...plan, pool: [{ cus: 66 }, { cus: 132, owner: 1 }] }
  assert.throws(() => checkPlan(placed, own, 'p.json'), /pool\[0\]: expected a share under mps/)
})

test('a partition lists its granules in ascending order and each once', () => {
  const plan = planOf(scenarioOf(1))
  const isRead = (granules: number[]): boolean => {
    const pool = plan.pool.map(() => ({ granules, owner: null }))
    return planSchema.safeParse({ ...plan, pool }).success
  }
  assert.deepEqual([[3, 4], [0], [3, 3], [5, 2]].map(isRead), [true, true, false, false])
})

test('every index of a plan points into it, and evidence has a number for each worker', () => {
  const plan = planOf(scenarioOf(4))
  type Draft = Thawed<Plan>
  const group = (kernels: number) => ({ kernels, partition: 0, priority: 0 })
  const cases: [(draft: Draft) => void, PropertyKey[] | undefined][] = [
    [() => {}, undefined],
    [(p) => (p.pool[1] = { granules: [0], owner: null }), undefined],
    [(p) => (p.pool[1] = { cus: 4, owner: 1 }), undefined],
    [(p) => (p.pool[1] = { cus: 4 }), undefined],
    [(p) => (p.pool[1] = { cus: 4, owner: 2 }), ['pool', 1, 'owner']],
    [(p) => (p.pool[0] = { granules: [0], owner: 2 }), ['pool', 0, 'owner']],
    [(p) => (p.workers[1].groups[0].partition = 2), ['workers', 1, 'groups', 0, 'partition']],
    [(p) => (p.workers[0].groups = [group(65_000), group(536)]), undefined],
    [(p) => (p.workers[0].groups = [group(65_000), group(537)]), ['workers', 0, 'groups']],
    [(p) => p.evidence.switchesPerRequest.push(0), ['evidence', 'switchesPerRequest']],
  ]
  for (const [edit, path] of cases) {
    const draft = structuredClone(plan) as Draft
    edit(draft)
    assert.deepEqual(planSchema.safeParse(draft).error?.issues[0].path, path)
  }
})

test('a plan that does not fit is refused, with the place where it does not', () => {
  const scenario = scenarioOf(5)
  const plan = planOf(scenario)
  const edited = (edit: (draft: Thawed<Plan>) => void): Plan => {
    const draft = structuredClone(plan) as Thawed<Plan>
    edit(draft)
    return draft
  }
  checkPlan(
    edited((p) => (p.workers[0].groups[0].priority = 5)),
    scenario,
    'p.json',
  )
  const cases: [Plan, RegExp][] = [
    [planOf(scenarioOf(4)), /workers\[0\]\.groups: expected groups of 5 kernels.*found 4/],
    [edited((p) => p.workers.pop()), /workers: expected 2 workers, found 1/],
    [edited((p) => (p.workers[1].model = 'x')), /workers\[1\]\.model: expected m, found x/],
    [edited((p) => (p.workers[1].batch = 4)), /workers\[1\]\.batch: expected 8, found 4/],
    [
      edited((p) => (p.workers[1].groups[0].partition = 9)),
      /groups\[0\]\.partition: expected an index below 2, found 9/,
    ],
    [
      edited((p) => (p.workers[1].groups[0].partition = 0)),
      /expected a partition of worker 1 or shared, found one owned by 0/,
    ],
    [edited((p) => (p.workers[0].groups[0].priority = 6)), /priority: expected 0 to 5, found 6/],
    [
      edited((p) => (p.pool[0] = { granules: [16], owner: null })),
      /pool\[0\]\.granules: expected granules below 16, found 16/,
    ],
  ]
  for (const [bad, message] of cases) {
    assert.throws(() => checkPlan(bad, scenario, 'p.json'), message)
  }
  const elsewhere = { ...scenario, device: mi50 }
  assert.throws(
    () => checkPlan(plan, elsewhere, 'p.json'),
    /fingerprint: expected amd:mi50.*found nvidia:h200/,
  )
})

test('partitions placed at dispatch are pooled once for each size, separately with and without overlap', () => {
  const pool = new PoolBuilder()
  const indices = [
    pool.placed(8),
    pool.placed(8, 'none'),
    pool.placed(16),
    pool.placed(8, 'none'),
    pool.placed(8),
  ]
  assert.deepEqual(indices, [0, 1, 2, 1, 0])
  assert.deepEqual(pool.entries, [{ cus: 8 }, { cus: 8, overlap: 'none' }, { cus: 16 }])
})
